"""`penstock explain`: say why a finding, or the whole verdict, is what it is."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import options
from pipeline.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def explain(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="What `run --out` wrote.")],
    finding: Annotated[
        str | None,
        typer.Argument(
            metavar="[FINDING]", help="Its id or the first of it, a rule, a CVE, or CVE@PACKAGE."
        ),
    ] = None,
    *,
    verdict: Annotated[bool, typer.Option("--verdict", help="Explain the whole verdict.")] = False,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
) -> None:
    """Name every rule, value, exception and place in the policy that made the judgement."""
    from pipeline.bundle.read import is_long, read
    from pipeline.cli.explain import view
    from pipeline.cli.terminal import output, streams
    from pipeline.policy.explaining.advice import explain_verdict
    from pipeline.policy.explaining.explain import explain as explain_finding
    from pipeline.policy.judging.gate import judge
    from pipeline.runner.again import stored_case

    if (finding is None) is not verdict:
        raise UsageError(
            f"{finding!r} is one finding, and --verdict is the whole"
            if verdict
            else "name a finding, or ask for --verdict",
            hint="ask for one of them; the ids of findings are in the report and findings.ndjson",
        )
    if format not in view.FORMATS:
        raise options.unknown("format", format, view.FORMATS)
    output.quiet_stdout()
    if is_long(bundle):
        from pipeline.cli.explain import long

        streams.say(long.explained(bundle, finding, format), format)
        return
    stored = read(bundle)
    case = stored_case(stored)
    judged = judge(case)
    said = (
        view.verdict(
            explain_verdict(case, judged, stored.run.files),
            format,
            bundle,
            {one.id for one in judged.findings},
        )
        if finding is None
        else view.finding(explain_finding(case, judged, finding), format, bundle)
    )
    streams.say(said, format)
