"""`penstock policy show`: the effective policy in words, with the place of every sentence."""

from typing import Annotated

import typer

from pipeline.cli import options
from pipeline.cli.policy.folders import Folder


def show(
    folder: Folder = None,
    *,
    env: options.Environment = None,
    base: options.Base = None,
    format: Annotated[  # noqa: A002 -- the option's name
        str, typer.Option("--format", metavar="text|json|markdown", help="How to show it.")
    ] = "text",
) -> None:
    """Say what the policy asks, stops and lets be excepted. With --base, as that commit has it."""
    from pipeline.authoring.words import words
    from pipeline.cli.app import now
    from pipeline.cli.policy import folders, show_view
    from pipeline.cli.terminal import output, streams
    from pipeline.errors import PenstockError
    from pipeline.policy.model import ENVIRONMENTS

    output.quiet_stdout()
    view = show_view.FORMATS.get(format)
    if view is None:
        raise options.unknown("format", format, tuple(show_view.FORMATS))
    environment = env or "pr"
    if environment not in ENVIRONMENTS:
        raise options.unknown("environment", environment, ENVIRONMENTS)
    at = now()
    said = options.surroundings()
    read = folders.read(folder, environment=said, now=at, base=base, env=environment)
    if base is not None and not read.files.source.startswith("base:"):
        gap = next((one.detail for one in read.files.gaps), "the base commit cannot be used")
        raise PenstockError(gap, hint="`git rev-parse NAME` prints the id of a commit")
    told = words(read.policy, source=read.files.source, environment=environment, today=at.date())
    streams.say(view(told), format)
