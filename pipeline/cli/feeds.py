"""`penstock feeds`: sync advisory snapshots, hold them against their lock, and show their age."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from pipeline.cli import options
from pipeline.errors import Exit, PenstockError

NAMES: Final = (
    "osv, trivy_db, kev, epss; all of these by default. vulnrichment (large) by name, "
    "and by default once it is there."
)
"""Written out, so that the help need not load what fetches them."""

Folder: TypeAlias = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="The folder that holds the feeds.")
]

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def feeds() -> None:
    """Sync and verify advisory snapshots; show their age. PENSTOCK_CACHE names another cache."""


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
    to: Folder = None,
    progress: options.Progress = "auto",
) -> None:
    """Fetch the newest snapshots, prove them, and put each in place by a rename.

    A failure leaves what was there, and the other feeds are fetched all the same; what had
    arrived is gone on with the next time. Not taken: a snapshot of the future, an older one,
    one with less than 90 % of the records.
    A variable such as PENSTOCK_TRIVY_DB_MIRROR names the standing mirror of one feed. The
    folder's feeds.lock notes the digest, number, dates and source of each.
    """
    from pipeline.cli import app as clock
    from pipeline.cli import feeds_mirrors, feeds_view
    from pipeline.cli.terminal import errors, output, streams
    from pipeline.cli.terminal import progress as watching
    from pipeline.feeds import places
    from pipeline.feeds.base import Order
    from pipeline.toolchain.http import Http

    output.quiet_stdout()
    environment = options.surroundings()
    feeds_mirrors.refuse_offline(environment)
    folder = to or options.cache(environment) / "feeds"
    names = feeds_view.wanted(name or (), folder)
    mirrors = feeds_mirrors.chosen(names, mirror, environment)
    now = clock.now()
    rows: list[feeds_view.Row] = []
    failed: list[PenstockError] = []
    with watching.choose(progress, environment) as watcher, Http() as http:
        for one, source in mirrors.items():
            order = Order(mirror=source.url, now=now)
            try:
                feed = places.sync(one, folder, order, http=http, watcher=watcher)
                rows.append(feeds_view.row(one, Path(feed.path), feed, now, source=source.told))
            except PenstockError as error:
                failed.append(error)
    if rows:
        streams.say(feeds_view.as_text(tuple(rows)), "text")
    for failure in failed:
        errors.show(failure)
    if failed:
        raise typer.Exit(max(int(failure.exit) for failure in failed))


@app.command(short_help="Hash the snapshots again, and hold them against feeds.lock.")
def verify(
    name: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="All that are noted or there by default."),
    ] = None,
    *,
    to: Folder = None,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Read all of each snapshot, hash it, and hold it against the folder's feeds.lock.

    Exit code 0 where each is whole and the one that was noted, 3 where one is not, or none is
    there.
    """
    from pipeline.cli import app as clock
    from pipeline.cli import feeds_view
    from pipeline.cli.terminal import output, streams
    from pipeline.feeds import lockfile, verifying

    output.quiet_stdout()
    view = feeds_view.choose(format)
    folder = to or options.cache(options.surroundings()) / "feeds"
    asked = feeds_view.wanted(name, folder) if name else ()
    lock = lockfile.read(folder)
    now = clock.now()
    rows = tuple(
        feeds_view.row(one, folder / one, verifying.verify(one, folder, lock), now)
        for one in asked or verifying.names(folder, lock)
    )
    if not rows:
        raise PenstockError(
            f"there is no feed at {folder}, and none is noted there",
            hint="fetch them with: penstock feeds sync, or name another folder with --to",
        )
    streams.say(view(rows), format)
    if any(one.state != feeds_view.VERIFIED for one in rows):
        raise typer.Exit(int(Exit.INCONCLUSIVE))


@app.command(short_help="Verify the snapshots, and show how old they are.")
def status(
    *,
    to: Folder = None,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Verify the synced snapshots, and show how old they are.

    Exit code 0 where all can be used, 3 where one cannot.
    """
    from pipeline.cli import app as clock
    from pipeline.cli import feeds_view
    from pipeline.cli.terminal import output, streams
    from pipeline.feeds import FEEDS, places

    output.quiet_stdout()
    view = feeds_view.choose(format)
    folder = to or options.cache(options.surroundings()) / "feeds"
    paths = {name: folder / name for name in FEEDS}
    now = clock.now()
    opened = places.open_all(paths, {name: places.command(name, to) for name in FEEDS})
    rows = tuple(feeds_view.row(name, paths[name], one, now) for name, one in opened.items())
    streams.say(view(rows), format)
    if not feeds_view.usable(rows):
        raise typer.Exit(int(Exit.INCONCLUSIVE))
