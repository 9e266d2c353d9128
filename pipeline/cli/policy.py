"""`penstock policy`: tools for those who write policies."""

import typer

from pipeline.cli import policy_lint, policy_test

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Start, check, test, show and compare policies. Judges nothing but the policy itself."""


app.command("lint")(policy_lint.lint)
app.command("test")(policy_test.prove)
