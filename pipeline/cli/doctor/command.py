"""`penstock doctor`: check what this machine can do."""

import platform
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import typer

from pipeline.cli import options
from pipeline.cli.doctor.view import Check, State, choose
from pipeline.config.settings import Flags, Settings
from pipeline.errors import Exit

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_MEMORY_MB: Final = 2048
_DISK_MB: Final = 2048
_WAYS: Final = (
    *("PENSTOCK_OFFLINE", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
"""Variables that say how the network is asked. Their values may hold a login."""
_MIRROR: Final = re.compile(r"PENSTOCK_[A-Z_]+_MIRROR")


@app.command()
def doctor(
    target: options.Target = Path(),
    *,
    image: options.Images = None,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Check machine, scanners, feeds and protection, as a run on TARGET would find them.

    And whether its images could be signed here.

    Exit code 0 where a run can be answered, 3 where a scanner or a feed is missing.
    """
    from pipeline.cli.terminal import output, streams

    output.quiet_stdout()
    view = choose(format)
    environment = options.surroundings()
    settings = _settings(target, tuple(image or ()), environment)
    checks = (
        *_machine(settings),
        *_evidence(settings),
        *_repository(settings),
        *_around(environment),
        *_signing(settings, environment),
    )
    streams.say(view(checks), format)
    if any(check.state is State.PROBLEM for check in checks):
        raise typer.Exit(int(Exit.INCONCLUSIVE))


def _settings(target: Path, images: tuple[str, ...], environment: Mapping[str, str]) -> Settings:
    from pipeline.cli.app import now
    from pipeline.config.load import load

    return load(
        Flags(target=target, images=images),
        environment=environment,
        base=None,
        now=now(),
        ci=options.in_ci(environment),
        tools_root=options.tools_root(environment),
        cache=options.cache(environment),
    )


def _machine(settings: Settings) -> Iterator[Check]:
    from pipeline import __version__
    from pipeline.toolchain import machine, quota

    yield Check(name="penstock", value=__version__)
    yield Check(name="python", value=f"{platform.python_version()} ({sys.executable})")
    version = machine.git_version()
    yield Check(
        name="git",
        value=version or "not found",
        state=State.OK if version else State.NOTE,
        hint="" if version else "install git: without it there is no --base, and no history",
    )
    yield Check(name="system", value=f"{platform.system()} {platform.machine()}")
    yield Check(name="cores", value=str(settings.jobs))
    yield _room("memory", quota.free_memory_mb(), _MEMORY_MB, "the scanners may be killed")
    yield _room("disk", machine.disk_mb(settings.tools_root), _DISK_MB, "tools need about 1 GB")


def _evidence(settings: Settings) -> Iterator[Check]:
    from pipeline.cli.doctor.evidence import checks

    yield from checks(settings)


def _repository(settings: Settings) -> Iterator[Check]:
    from pipeline.cli.doctor.repository import checks
    from pipeline.config.base import repository_of

    repository = repository_of(settings.target)
    if repository is not None:
        yield from checks(repository, settings.policy or "policies")


def _signing(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    from pipeline.cli.doctor.signing import checks

    yield from checks(settings, environment)


def _room(name: str, found: int | None, wanted: int, why: str) -> Check:
    if found is None:
        return Check(name=name, value="unknown", state=State.NOTE)
    short = found < wanted
    return Check(
        name=name,
        value=f"{found} MB free",
        state=State.NOTE if short else State.OK,
        hint=f"less than {wanted} MB: {why}" if short else "",
    )


def _around(environment: Mapping[str, str]) -> Iterator[Check]:
    ci = options.in_ci(environment)
    said = "set: policy, configuration, feeds and tools of the target are not trusted"
    yield Check(name="CI", value=said if ci else "not set")
    ways = [name for name in _WAYS if environment.get(name) or environment.get(name.lower())]
    ways += sorted(name for name in environment if _MIRROR.fullmatch(name) and environment[name])
    told = f"by {', '.join(ways)}" if ways else "direct: no proxy, authority or mirror"
    yield Check(name="network", value=told if ways else f"{told} is named")
