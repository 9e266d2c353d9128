"""What becomes of one stage: asked, skipped or failed before it starts, and why."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Exclusion, Inventory
from pipeline.model.outcome import Failed, Scope, Skipped, SkipReason
from pipeline.plan.model import Decision, Planned, Ready
from pipeline.stages.base import Job, Options, Stage

_NOTHING: Final = Scope(asked=())
_NO_FILES: Final[Mapping[str, tuple[()]]] = dict.fromkeys(
    ("files", "unread", "manifests", "pins", "workflows", "iac", "remote_modules"), ()
)
"""A tree without files: what a stage still asks of it is no path, such as an image."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What every stage of a plan shares."""

    tree: Path
    work: Path
    word: str
    """Of this run alone: stages plant it, and believe no report without it."""
    inventory: Inventory
    whole: Inventory
    """The same tree as it would be listed had the configuration left nothing out."""
    prefix: str
    """Of the root below TARGET: `services/api/`, or empty."""
    tools: Mapping[str, Tool | ToolError]
    feeds: Mapping[str, Feed | ToolError]
    cores: int
    max_report: int
    """Bytes: the policy's limit on the report of any one process."""


def plan_stage(
    name: str,
    stage: Stage,
    *,
    required: str,
    selected: bool,
    options: Options,
    context: Context,
) -> Planned:
    """Decide about one stage. Starts nothing; a stage that cannot be asked is Failed."""
    scope: Scope = _NOTHING
    excluded: tuple[Exclusion, ...] = ()
    decision: Decision
    try:
        scope = stage.scope(context.inventory, options)
        excluded = _excluded(stage, scope, options, context)
        decision = _decide(
            name, stage, required=required, selected=selected, scope=scope, options=options,
            context=context,
        )  # fmt: skip
    except ToolError as error:
        decision = Failed(
            asked=len(scope.asked), reason=error.reason, message=said(error), gaps=scope.gaps
        )
    return Planned(
        stage=name,
        required=required,
        scope=scope,
        options=options,
        excluded=excluded,
        tools=tuple(t for n in stage.TOOLS if isinstance(t := context.tools.get(n), Tool)),
        feeds=tuple(f for n in stage.FEEDS if isinstance(f := context.feeds.get(n), Feed)),
        decision=decision,
    )


def _decide(
    name: str,
    stage: Stage,
    *,
    required: str,
    selected: bool,
    scope: Scope,
    options: Options,
    context: Context,
) -> Decision:
    asked = len(scope.asked)
    digest = context.inventory.digest
    nothing = not scope.asked and not scope.gaps
    if required == "when_present" and nothing:
        return Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory=digest)
    if not selected:
        return Skipped(why=SkipReason.DESELECTED, asked=asked, inventory=digest)
    if required == "no":
        return Skipped(why=SkipReason.NOT_REQUIRED, asked=asked, inventory=digest)
    if nothing:
        raise ToolError(
            GapReason.NO_TARGETS,
            "nothing here for this stage to look at, and the policy requires its answer",
            hint=f"in gate.yaml: evidence.stages.{name}.required: when_present",
        )
    job = Job(
        stage=name,
        tree=context.tree,
        work=context.work,
        word=context.word,
        inventory=context.inventory,
        scope=scope,
        tools=context.tools,
        feeds=context.feeds,
        options=options,
        cores=context.cores,
    )
    return Ready(
        job=job,
        commands=tuple(
            msgspec.structs.replace(one, max_report=min(one.max_report, context.max_report))
            for one in stage.commands(job)
        ),
    )


def _excluded(
    stage: Stage, scope: Scope, options: Options, context: Context
) -> tuple[Exclusion, ...]:
    """List what the stage would have asked, had the configuration left nothing out."""
    if context.whole is context.inventory:
        return ()
    globs = {f"{context.prefix}{one.path}": one.by for one in context.inventory.excluded}
    everywhere = stage.scope(msgspec.structs.replace(context.whole, **_NO_FILES), options).asked
    asked = {*everywhere, *(f"{context.prefix}{target}" for target in scope.asked)}
    return tuple(
        Exclusion(path=target, by=_by(target, globs))
        for target in stage.scope(context.whole, options).asked
        if target not in asked
    )


def _by(target: str, globs: Mapping[str, str]) -> str:
    """Say what leaves a target out; one of pip-audit is `MANIFEST#PIN`."""
    return globs.get(target) or globs.get(target.rpartition("#")[0]) or "source.root"


def refuse_broken_needs(planned: tuple[Planned, ...]) -> tuple[Planned, ...]:
    """Fail every stage that would wait for a process which no stage of this plan starts."""
    while True:
        labels = {
            command.label
            for one in planned
            if isinstance(one.decision, Ready)
            for command in one.decision.commands
        }
        mended = tuple(_with_needs(one, labels) for one in planned)
        if mended == planned:
            return planned
        planned = mended


def _with_needs(planned: Planned, labels: set[str]) -> Planned:
    if not isinstance(planned.decision, Ready):
        return planned
    needs = (need for command in planned.decision.commands for need in command.needs)
    missing = next((need for need in needs if need not in labels), None)
    if missing is None:
        return planned
    failed = Failed(
        asked=len(planned.scope.asked),
        reason=GapReason.TOOL_FAILED,
        message=f"it needs the report {missing!r}, which this run does not make",
        gaps=planned.scope.gaps,
    )
    return msgspec.structs.replace(planned, decision=failed)


def said(error: ToolError) -> str:
    """Write an error and its hint as one sentence."""
    return f"{error.message}; {error.hint}" if error.hint else error.message
