"""The group of commands, of which only the one asked for is imported."""

import importlib
from collections.abc import Mapping
from typing import Annotated

import typer
from typer._click.core import Command, Context
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

from pipeline.errors import Interrupted

_HELP = """Never says PASS without proof that everything was looked at.

Scans a repository, its images and its dependencies, judges what was found by a policy with
tracked exceptions, and keeps the evidence. Exit codes: 0 PASS or WARN, 1 FAIL, 2 usage,
3 INCONCLUSIVE, 130 interrupted."""


def command(commands: Mapping[str, tuple[str, str]]) -> Command:
    """Build the root command over a table of lazily imported ones."""

    class Lazy(TyperGroup):
        """Knows the names and one-line helps without importing anything."""

        def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 -- typer's signature
            return list(commands)

        def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002
            if cmd_name not in commands:
                return None
            module = importlib.import_module(commands[cmd_name][0])
            found = typer.main.get_command(module.app)
            found.name = cmd_name
            return found

        def resolve_command(
            self, ctx: Context, args: list[str]
        ) -> tuple[str | None, Command | None, list[str]]:
            if args and args[0] not in commands and not args[0].startswith("-"):
                ctx.fail(_unknown(args[0], tuple(commands)))
            return super().resolve_command(ctx, args)

        def invoke(self, ctx: Context) -> object:
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt as stopped:
                raise Interrupted from stopped

        def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
            with formatter.section("Commands"):
                formatter.write_dl([(name, line) for name, (_, line) in commands.items()])

    app = typer.Typer(
        cls=Lazy,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(help=_HELP)
    def root(
        *,
        version: Annotated[  # noqa: ARG001 -- answered before typer is imported
            bool, typer.Option("--version", "-V", help="Print the version and exit.")
        ] = False,
    ) -> None:
        return

    return typer.main.get_command(app)


def _unknown(name: str, known: tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    suggestion = f" Did you mean {close[0]!r}?" if close else ""
    return f"there is no command {name!r}.{suggestion}"
