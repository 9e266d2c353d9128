"""`penstock audit`: hand an auditor what the stored evidence proves, and what is missing."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli import options
from pipeline.errors import Exit, PenstockError, UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(text: str) -> datetime:
    """Read a day; typer tells of a wrong one in formats of Python."""
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no day: {error}") from error
    raise typer.BadParameter(f"{text!r} is no day: write it as 2026-12-31")


@app.callback()
def audit() -> None:
    """Hand an auditor what the stored evidence proves, and what is missing."""


@app.command(short_help="Write tables and a report of a window of days.")
def export(
    since: Annotated[
        datetime,
        typer.Option(
            "--from", parser=_day, metavar="DAY", help="The first day, in UTC, as 2026-12-31."
        ),
    ],
    until: Annotated[
        datetime, typer.Option("--to", parser=_day, metavar="DAY", help="The last day, in UTC.")
    ],
    bundles: Annotated[
        Path, typer.Option("--bundles", metavar="DIR", help="Every bundle below it is read.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the export goes.")],
    *,
    policy: options.PolicyFolder = None,
    base: options.Base = None,
    format: Annotated[  # noqa: A002 -- the option's name
        list[str] | None,
        typer.Option("--format", metavar="csv|json|markdown", help="All by default; repeatable."),
    ] = None,
) -> None:
    """Read every bundle of the window, and write tables, one JSON document and a report.

    Exit code 0 where every bundle could be read, 3 where one is damaged or there is none. What
    is missing, such as a week without its weekly run, is listed. --policy or --base adds the
    exceptions and the roles of that policy as they are now.
    """
    import tempfile

    from pipeline.audit.collect import collect
    from pipeline.audit.files import FORMATS
    from pipeline.audit.reading import Window
    from pipeline.audit.spool import Spool
    from pipeline.cli import audit_view
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output, streams

    output.quiet_stdout()
    for one in format or ():
        if one not in FORMATS:
            raise options.unknown("format", one, tuple(FORMATS))
    if until < since:
        raise UsageError("--to lies before --from", hint="both are days, and both belong to it")
    if not bundles.is_dir():
        raise UsageError(f"--bundles {bundles} is no folder", hint="name what holds the bundles")
    audit_view.check_place(out)
    today = audit_view.today(policy=policy, base=base, now=now())
    window = Window(since=since.date(), until=until.date())
    with tempfile.TemporaryFile() as file:
        rows = Spool(file)
        try:
            made = collect(bundles, window, today, rows)
        except OSError as exc:
            raise PenstockError(f"cannot read below {bundles}: {exc.strerror}") from exc
        audit_view.write(made, rows, out, tuple(format or FORMATS))
    streams.say(audit_view.text(made, out), "text")
    if not made.complete:
        raise typer.Exit(int(Exit.INCONCLUSIVE))
