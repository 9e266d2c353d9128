"""`penstock feeds`: sync advisory snapshots, and show their age."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli import options
from pipeline.errors import Exit, PenstockError

NAMES: Final = (
    "osv, trivy_db, kev, epss; all of these by default. vulnrichment (large) by name, "
    "and by default once it is there."
)
"""Written out, so that the help need not load what fetches them."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def feeds() -> None:
    """Sync advisory snapshots, and show their age. PENSTOCK_CACHE names another cache."""


@app.command(short_help="Fetch the newest snapshots, prove them, put them in place.")
def sync(
    name: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help=NAMES),
    ] = None,
    *,
    mirror: Annotated[
        str | None, typer.Option("--mirror", metavar="URL", help="Fetch one feed from there.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="The folder that holds the feeds.")
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Take a snapshot that is older or much smaller, too."),
    ] = False,
    progress: options.Progress = "auto",
) -> None:
    """Fetch the newest snapshots, prove them, and put each in place by a rename.

    A failure leaves what was there, and the other feeds are fetched all the same.
    A variable such as PENSTOCK_TRIVY_DB_MIRROR names the standing mirror of one feed. The
    folder's feeds.lock notes the digest, date and source of each.
    """
    from pipeline.cli import app as clock
    from pipeline.cli import feeds_view
    from pipeline.cli.terminal import errors, output
    from pipeline.cli.terminal import progress as watching
    from pipeline.feeds import places
    from pipeline.feeds.base import Order
    from pipeline.toolchain.http import Http

    output.quiet_stdout()
    environment = options.surroundings()
    folder = to or options.cache(environment) / "feeds"
    names = feeds_view.wanted(name or (), folder)
    feeds_view.refuse_shared(mirror, names)
    now = clock.now()
    rows: list[feeds_view.Row] = []
    failed: list[PenstockError] = []
    with watching.choose(progress, environment) as watcher, Http() as http:
        for one in names:
            chosen = mirror or environment.get(f"PENSTOCK_{one.upper()}_MIRROR") or None
            order = Order(mirror=chosen, now=now, anyway=anyway)
            try:
                feed = places.sync(one, folder, order, http=http, watcher=watcher)
                rows.append(feeds_view.row(one, Path(feed.path), feed, now))
            except PenstockError as error:
                failed.append(error)
    if rows:
        sys.stdout.write(feeds_view.as_text(tuple(rows)))
    for failure in failed:
        errors.show(failure)
    if failed:
        raise typer.Exit(max(int(failure.exit) for failure in failed))


@app.command(short_help="Verify the snapshots, and show how old they are.")
def status(
    *,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="The folder that holds the feeds.")
    ] = None,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Verify the synced snapshots, and show how old they are.

    Exit code 0 where all can be used, 3 where one cannot.
    """
    from pipeline.cli import app as clock
    from pipeline.cli import feeds_view
    from pipeline.cli.terminal import output
    from pipeline.feeds import FEEDS, places

    output.quiet_stdout()
    view = feeds_view.choose(format)
    folder = to or options.cache(options.surroundings()) / "feeds"
    paths = {name: folder / name for name in FEEDS}
    now = clock.now()
    opened = places.open_all(paths)
    rows = tuple(feeds_view.row(name, paths[name], one, now) for name, one in opened.items())
    sys.stdout.write(view(rows))
    if not feeds_view.usable(rows):
        raise typer.Exit(int(Exit.INCONCLUSIVE))
