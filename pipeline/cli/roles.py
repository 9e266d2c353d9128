"""`penstock roles`: who may do what in the policy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import options

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def roles() -> None:
    """Show who may do what, and by which keys."""


@app.command("report", short_help="List roles, members, keys and their last use.")
def report(
    *,
    base: options.Base = None,
    policy: options.PolicyFolder = None,
    format: Annotated[  # noqa: A002 -- the option's name
        str, typer.Option("--format", metavar="text|json|markdown", help="How to show it.")
    ] = "text",
) -> None:
    """List roles, members and keys, when each was used last, and what no tool can enforce."""
    from pipeline.audit.roles import report as make
    from pipeline.cli.app import now
    from pipeline.cli.policy import folders
    from pipeline.cli.roles_view import FORMATS
    from pipeline.cli.terminal import output, streams
    from pipeline.config.base import repository_of
    from pipeline.errors import PenstockError
    from pipeline.runner.approvals import gather

    output.quiet_stdout()
    view = FORMATS.get(format)
    if view is None:
        raise options.unknown("format", format, tuple(FORMATS))
    at = now()
    read = folders.read(policy, environment=options.surroundings(), now=at, base=base)
    if base is not None and not read.files.source.startswith("base:"):
        gap = next((one.detail for one in read.files.gaps), "the base commit cannot be used")
        raise PenstockError(gap, hint="no roles of a commit are shown that cannot be read")
    repository = repository_of(Path.cwd())
    checked = gather(read.policy, read.files, repository=repository, now=at)
    told = make(
        read.policy.roles,
        source=read.files.source,
        signatures=checked.signatures,
        exceptions=read.policy.exceptions,
        edits=_edits(repository, read.files.source),
    )
    streams.say(view(told), format)


def _edits(repository: Path | None, source: str) -> Mapping[str, str]:
    """Return, by address, the day of the last commit that changed the policy."""
    from pipeline.errors import PenstockError
    from pipeline.toolchain.git import git

    kind, _, rest = source.partition(":")
    commit, _, folder = rest.partition(":") if kind == "base" else ("HEAD", "", rest)
    if repository is None or kind == "wheel":
        return {}
    words = ("log", "--max-count=10000", "--format=%ae %cs", commit, "--", folder or ".")
    try:
        # A base's folder is named from the top, one of the working tree from where the user is.
        place = repository if kind == "base" else Path.cwd()
        lines = git(place, *words).decode("utf-8", "replace").splitlines()
    except PenstockError:
        return {}
    found: dict[str, str] = {}
    for line in lines:
        address, _, day = line.rpartition(" ")
        found.setdefault(address, day)
    return found
