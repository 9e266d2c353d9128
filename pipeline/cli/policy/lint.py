"""`penstock policy lint`: look for what cannot be meant in a policy."""

import typer

from pipeline.cli import options
from pipeline.cli.policy.folders import Folder
from pipeline.errors import Exit


def lint(
    folder: Folder = None,
    *,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Find rules that do nothing, are not tested or have run out. Exit code 1 where one is red."""
    from pipeline.authoring.cases import read_suites
    from pipeline.authoring.lint import Draft
    from pipeline.authoring.lint import lint as look
    from pipeline.cli.app import now
    from pipeline.cli.policy import folders, lint_view
    from pipeline.cli.terminal import output, streams

    output.quiet_stdout()
    view = lint_view.FORMATS.get(format)
    if view is None:
        raise options.unknown("format", format, tuple(lint_view.FORMATS))
    at = now()
    read = folders.read(folder, environment=options.surroundings(), now=at)
    suites = read_suites(read.files.files, where=read.where, stages=read.stages)
    flaws = look(Draft(policy=read.policy, suites=suites, now=at))
    streams.say(view(read.policy.name, flaws), format)
    red = any(one.level == "error" for one in flaws)
    raise typer.Exit(int(Exit.FAIL if red else Exit.OK))
