"""`penstock plan`: show what a run would do. Starts no scanner."""

import tempfile
from pathlib import Path

import typer

from pipeline.cli import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def plan(
    target: options.Target = Path(),
    *,
    env: options.Environment = None,
    base: options.Base = None,
    base_ref: options.BaseRef = None,
    image: options.Images = None,
    platform: options.Platform = None,
    site: options.Site = None,
    policy: options.PolicyFolder = None,
    out: options.Out = None,
    only: options.Only = None,
    skip: options.Skip = None,
    as_of: options.AsOf = None,
    allow_past: options.AllowPast = False,
    format: options.PlanFormat = "text",  # noqa: A002 -- the option's name
    progress: options.Progress = "auto",  # noqa: ARG001 -- the same options as `run`
    jobs: options.Jobs = None,
    offline: options.Offline = False,
    store: options.Store = None,
    baseline: options.Baseline = None,
    record: options.Record = False,
) -> None:
    """Show stages, targets, commands, tools, feeds and policy, and where each setting came from."""
    from pipeline.cli import plan_view, request
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output, streams
    from pipeline.config.settings import Flags
    from pipeline.plan.make import make
    from pipeline.plan.prove import proven

    output.quiet_stdout()
    environment = options.surroundings()
    flags = Flags(
        target=target,
        env=env,
        base=base,
        base_ref=base_ref,
        images=tuple(image or ()),
        platform=platform,
        site=site,
        policy=policy,
        out=out,
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        as_of=as_of,
        allow_past=allow_past,
        jobs=jobs,
        offline=offline,
        store=store,
        baseline=baseline,
        record=record,
    )
    view = plan_view.VIEWS.get(format)
    if view is None:
        raise options.unknown("format", format, tuple(plan_view.VIEWS))
    asked = request.read(flags, environment=environment, now=now())
    asked.policy.refuse_unusable(asked.settings.environment)
    with tempfile.TemporaryDirectory(prefix="penstock-", ignore_cleanup_errors=True) as private:
        made = proven(make(asked, workspace=Path(private).resolve()))
        streams.say(view(made), format)
