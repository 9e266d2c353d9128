"""`penstock policy`: tools for those who write policies."""

import typer

from pipeline.cli import policy_diff, policy_init, policy_lint, policy_show, policy_test

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Start, check, test, show and compare policies. Judges nothing but the policy itself."""


app.command("diff")(policy_diff.diff)
app.command("init")(policy_init.init)
app.command("lint")(policy_lint.lint)
app.command("show")(policy_show.show)
app.command("test")(policy_test.prove)
