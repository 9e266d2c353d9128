"""`penstock gate`: judge an evidence bundle again, without scanning."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import options
from pipeline.errors import Exit

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def gate(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="What `run --out` wrote.")],
    *,
    out: options.Out = None,
    env: options.Environment = None,
    base: options.Base = None,
    base_ref: options.BaseRef = None,
    policy: options.PolicyFolder = None,
    as_of: options.AsOf = None,
    allow_past: options.AllowPast = False,
    format: options.Formats = None,  # noqa: A002 -- the option's name
) -> None:
    """Judge BUNDLE by the policy and the facts stored in it, or by others that are named.

    Nothing in the bundle is changed. With --out, verdict.json goes there.
    """
    from pipeline.bundle.read import is_long, read
    from pipeline.cli import rejudge
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output
    from pipeline.policy.judging.gate import judge
    from pipeline.runner.again import record_of, same_verdict

    output.quiet_stdout()
    environment = options.surroundings()
    wanted = output.read_formats(format)
    others = rejudge.Others(
        env=env, base=base, base_ref=base_ref, policy=policy, as_of=as_of, allow_past=allow_past
    )
    if is_long(bundle):
        from pipeline.cli import regate

        raise typer.Exit(
            regate.gate(bundle, others, out=out, wanted=wanted, environment=environment, now=now())
        )
    stored = read(bundle)
    case = rejudge.case(stored, others, environment=environment, now=now())
    judged = judge(case)
    if out is not None:
        rejudge.write_verdict(Path(out), judged.verdict)
    if others == rejudge.Others() and not same_verdict(stored, judged):
        rejudge.tell_other(stored)
    record = record_of(stored, judged, case.policy)
    output.write(output.as_typed(record), wanted, environment)
    raise typer.Exit(int(Exit.INTERRUPTED if record.interrupted else judged.verdict.exit_code))
