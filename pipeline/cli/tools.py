"""`penstock tools`: install, list, verify and lock the scanners."""

from typing import Annotated, TypeAlias

import typer

from pipeline.cli import options, releases
from pipeline.cli.tools_lock import lock as write_lock
from pipeline.errors import Exit

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Names: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Tools of the lock; all by default.")
]


@app.callback()
def tools() -> None:
    """Install, list, verify and lock the scanners. PENSTOCK_TOOLS names another folder for them."""


@app.command()
def install(
    name: Names = None,
    *,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
    progress: options.Progress = "auto",
    base: releases.Base = None,
    trust: releases.Root = "public",
) -> None:
    """Install what is missing or altered.

    Everything comes from the committed lock. What is intact is left alone. An archive is
    downloaded where the lock holds its digest: it has to be signed by whom the lock names.
    """
    from pipeline.cli import tools_view
    from pipeline.cli.terminal import output, streams
    from pipeline.cli.terminal import progress as watching
    from pipeline.toolchain import lock as locks
    from pipeline.toolchain.install import install as execute

    output.quiet_stdout()
    environment = options.surroundings()
    view = tools_view.choose(format)
    root = options.tools_root(environment)
    with watching.choose(progress, environment) as watcher:
        done = execute(
            name or (),
            root=root,
            environment=environment,
            watcher=watcher,
            releases=releases.of(base, trust),
        )
    lock = locks.read()
    rows = tuple(tools_view.row(one, lock.tool(one.name)) for one in done)
    streams.say(view(root, rows), format)


app.command("lock")(write_lock)


@app.command("list")
def show(
    *,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Show every tool of the lock, of which day it is and what it is made from.

    States are what was noted at installation: `verify` reads the files.
    """
    from pipeline.cli import tools_view
    from pipeline.cli.terminal import output, streams
    from pipeline.toolchain import lock as locks
    from pipeline.toolchain.locate import installed

    output.quiet_stdout()
    view = tools_view.choose(format)
    root = options.tools_root(options.surroundings())
    lock = locks.read()
    rows = tuple(tools_view.listed(one) for one in installed(root, lock=lock))
    streams.say(view(root, rows, lock.denied), format)


@app.command()
def verify(
    name: Names = None,
    *,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Read every byte of the tools.

    Each is held against what was noted at installation.
    Exit code 0 where all are as installed, 3 where one is not.
    """
    from pipeline.cli import tools_view
    from pipeline.cli.terminal import output, streams
    from pipeline.model.artifact import Tool
    from pipeline.toolchain import lock as locks
    from pipeline.toolchain.locate import locate

    output.quiet_stdout()
    view = tools_view.choose(format)
    root = options.tools_root(options.surroundings())
    lock = locks.read()
    wanted = locks.selected(lock, name or ())
    found = locate(wanted, root=root, overrides={}, lock=lock)
    rows = tuple(tools_view.found(key, wanted[key], one) for key, one in found.items())
    streams.say(view(root, rows), format)
    if not all(isinstance(one, Tool) for one in found.values()):
        raise typer.Exit(int(Exit.INCONCLUSIVE))
