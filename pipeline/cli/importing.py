"""`penstock import`: judge reports that other programs made."""

import time
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help="SARIF, CycloneDX VDR, Trivy, pip-audit, osv-scanner; - is a pipe."
    ),
]
Stage = Annotated[str, typer.Option("--stage", metavar="NAME", help="The stage that it answers.")]
Out = Annotated[str, typer.Option("--out", metavar="BUNDLE", help="Where the evidence goes.")]
Tool = Annotated[
    str | None, typer.Option("--tool", metavar="NAME", help="Who wrote it, if it does not say.")
]
Version = Annotated[
    str | None,
    typer.Option("--tool-version", metavar="V", help="The tool's version, if it does not say."),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target", metavar="T", help="What had to be looked at; repeatable. [what the report says]"
    ),
]
Made = Annotated[
    str | None,
    typer.Option("--made", metavar="TIME", help="When it was made (RFC 3339), if it does not say."),
]


@app.command(name="import")
def import_(
    files: Files,
    *,
    stage: Stage,
    out: Out,
    tool: Tool = None,
    tool_version: Version = None,
    target: Targets = None,
    made: Made = None,
    env: options.Environment = None,
    base: options.Base = None,
    base_ref: options.BaseRef = None,
    policy: options.PolicyFolder = None,
    as_of: options.AsOf = None,
    allow_past: options.AllowPast = False,
    format: options.Formats = None,  # noqa: A002 -- the option's name
) -> None:
    """Put reports made elsewhere into an evidence bundle, and judge it by the policy.

    They answer a stage only as far as evidence.imports of the policy allows: by tool, by age, and
    by what they leave open. Exit codes: 0 PASS or WARN, 1 FAIL, 2 usage, 3 INCONCLUSIVE.
    """
    from pipeline.bundle.place import check
    from pipeline.cli import many_view, request
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output
    from pipeline.config.settings import Flags
    from pipeline.runner import importing
    from pipeline.runner.elsewhere import Said

    begun = time.monotonic()
    environment = options.surroundings()
    output.quiet_stdout()
    wanted = output.read_formats(format)
    if stage not in importing.STAGES_TO_IMPORT:
        raise options.unknown("stage to import for", stage, importing.STAGES_TO_IMPORT)
    said = Said(
        stage=stage,
        files=tuple(files),
        tool=tool,
        version=tool_version,
        targets=tuple(target or ()),
        made=made,
    )
    flags = Flags(
        target=Path(),
        env=env,
        base=base,
        base_ref=base_ref,
        policy=policy,
        out=out,
        as_of=as_of,
        allow_past=allow_past,
    )
    asked = request.read(flags, environment=environment, now=now())
    asked.policy.refuse_unusable(asked.settings.environment)
    check(asked.settings.out)
    record = importing.run(asked, said, elapsed=lambda: time.monotonic() - begun)
    many_view.write(output.as_typed(record), asked.settings.out, wanted, environment)
    raise typer.Exit(record.verdict.exit_code)
