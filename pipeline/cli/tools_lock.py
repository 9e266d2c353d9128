"""`penstock tools lock`: ask where tools come from, and write the lock."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from pipeline import resources
from pipeline.cli import options, releases
from pipeline.errors import Exit, UsageError

if TYPE_CHECKING:
    from pipeline.cli.tools_findings import Shop
    from pipeline.toolchain.lock import Home
    from pipeline.toolchain.locking.proposal import Proposal

_EXAMPLE: Final = Path("examples", "shop")
Names: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Tools of the lock; all by default.")
]
Update: TypeAlias = Annotated[
    bool, typer.Option("--update", help="Look for newer releases that are old enough.")
]
Check: TypeAlias = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit code 1 where the lock would change.")
]
Folder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="DIR",
        help="The checkout whose tools/ and requirements/ are meant (the one Penstock runs from).",
    ),
]
CoolDown: TypeAlias = Annotated[
    int,
    typer.Option(
        "--cool-down", min=0, max=366, metavar="DAYS", help="How old a release has to be (7)."
    ),
]
Example: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--example",
        metavar="DIR",
        help="What is scanned by the tools before and after (examples/shop, if it is there).",
    ),
]


def lock(
    name: Names = None,
    *,
    update: Update = False,
    check: Check = False,
    folder: Folder = None,
    cool_down: CoolDown = 7,
    example: Example = None,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
    progress: options.Progress = "auto",
    base: releases.Base = None,
    trust: releases.Root = "public",
) -> None:
    """Write the lock: releases, their days, their digests.

    With --update newer releases are looked for, and the example is scanned by the tools before
    and after. What cannot be asked stays as it is, and is named.
    Exit code 0 where everything could be asked, 3 where something could not; with --check 1
    where the lock would change.
    """
    from pipeline.cli import tools_lock_view
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output, streams
    from pipeline.cli.terminal import progress as watching
    from pipeline.cli.tools_findings import Shop, compare
    from pipeline.toolchain import lock as locks
    from pipeline.toolchain.locking.proposal import write

    output.quiet_stdout()
    view = tools_lock_view.choose(format)
    environment = options.surroundings()
    home = _home(folder, writes=not check)
    scanned = _example(example, home)
    with (
        tempfile.TemporaryDirectory(prefix="penstock-lock-", ignore_cleanup_errors=True) as work,
        watching.choose(progress, environment) as watcher,
    ):
        shop = Shop(
            environment=environment,
            watcher=watcher,
            now=now(),
            work=Path(work),
            lock=locks.read(home),
            releases=releases.of(base, trust),
        )
        proposal = _proposal(shop, tuple(name or ()), timedelta(days=cool_down), update=update)
        target = scanned if update and proposal.tools else None
        difference = None if target is None else compare(shop, proposal, target)
    if not check:
        write(home, proposal.files)
    streams.say(view(proposal, difference, written=not check), format)
    if proposal.unreached:
        raise typer.Exit(int(Exit.INCONCLUSIVE))
    if check and proposal.files:
        raise typer.Exit(int(Exit.FAIL))


def _home(folder: Path | None, *, writes: bool) -> "Home":
    from pipeline.toolchain.lock import Home, shipped

    if folder is not None:
        return Home(tools=folder / "tools", requirements=folder / "requirements")
    if writes and resources.packed():
        raise UsageError(
            "the lock of an installed Penstock is not changed: it came with its release",
            hint="name a checkout with --folder, or look only: --check",
        )
    return shipped()


def _proposal(
    shop: "Shop", names: tuple[str, ...], cool_down: timedelta, *, update: bool
) -> "Proposal":
    from pipeline.toolchain.lock import shipped
    from pipeline.toolchain.locking.proposal import propose
    from pipeline.toolchain.locking.renew import Asking
    from pipeline.toolchain.steps import Site

    site = Site(
        environment=shop.environment,
        watcher=shop.watcher,
        work=shop.work,
        home=shop.lock.home or shipped(),
        releases=shop.releases,
    )
    asking = Asking(site=site, now=shop.now, cool_down=cool_down, update=update)
    return propose(shop.lock, names, asking)


def _example(named: Path | None, home: "Home") -> Path | None:
    """Return what is scanned twice; None where there is nothing."""
    if named is not None:
        if not named.is_dir():
            raise UsageError(f"--example {named} is no folder", hint="name one that is scanned")
        return named
    usual = home.tools.parent / _EXAMPLE
    return usual if usual.is_dir() else None
