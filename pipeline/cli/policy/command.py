"""`penstock policy`: tools for those who write policies."""

import typer

from pipeline.cli.policy import diff, init, lint, show, test

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Start, check, test, show and compare policies. Judges nothing but the policy itself."""


app.command("diff")(diff.diff)
app.command("init")(init.init)
app.command("lint")(lint.lint)
app.command("show")(show.show)
app.command("test")(test.prove)
