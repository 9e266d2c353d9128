"""Turns the processes of a stage into what the stage leaves behind."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from msgspec.structs import replace

from pipeline.model import quiet
from pipeline.model.gap import ToolError
from pipeline.model.opaque import packed_in
from pipeline.model.outcome import (
    Canary,
    Failed,
    Outcome,
    Skipped,
    StageEvidence,
    StageResult,
    Usage,
    account,
)
from pipeline.model.walls import weakest
from pipeline.plan.model import Planned, Ready
from pipeline.plan.stage import said
from pipeline.stages import STAGES
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.process import Ended


def result_of(
    planned: Planned, ended: Mapping[str, Ended], usage: tuple[Usage, ...]
) -> StageResult:
    """Read a stage's reports and hold them against what it was asked.

    This is the one place where a scanner's failure becomes an outcome. What looks like a
    credential stays behind here, in whatever text it is.
    """
    result = _result_of(planned, ended, usage)
    level = weakest(one.usage.sandbox for name, one in ended.items() if name in planned.labels)
    result = replace(result, evidence=replace(result.evidence, sandbox=level))
    artifacts = (replace(one, data=packed_in(one.data)) for one in result.artifacts)
    return StageResult(
        evidence=quiet.told(result.evidence),
        findings=quiet.record(tuple(map(quiet.finding, result.findings))),
        artifacts=tuple(artifacts),
        targets=quiet.record(result.targets),
        usage=quiet.told(result.usage),
    )


def _result_of(
    planned: Planned, ended: Mapping[str, Ended], usage: tuple[Usage, ...]
) -> StageResult:
    decision = planned.decision
    redact = STAGES[planned.stage].redact_log
    usage = tuple(replace(one, stderr_tail=redact(one.stderr_tail)) for one in usage)
    match decision:
        case Skipped():
            return _result(planned, decision)
        case Failed():
            return _result(planned, decision, usage=usage)
        case Ready():
            return _answered(planned, decision, ended, usage)
        case _:
            assert_never(decision)


def _answered(
    planned: Planned, ready: Ready, ended: Mapping[str, Ended], usage: tuple[Usage, ...]
) -> StageResult:
    reports = {command.label: ended[command.label].result for command in ready.commands}
    try:
        answer = STAGES[planned.stage].parse(ready.job, reports)
    except ToolError as error:
        failed = Failed(
            asked=len(planned.scope.asked),
            reason=error.reason,
            message=STAGES[planned.stage].redact_log(said(error)),
            gaps=planned.scope.gaps,
        )
        return _result(planned, failed, usage=usage)
    if not all(_is_of_this_run(command, ended) for command in ready.commands):
        answer = replace(answer, canary=Canary.MISSED)
    completed, fate = account(planned.stage, planned.scope, answer)
    return StageResult(
        evidence=_evidence(planned, completed),
        findings=answer.findings,
        artifacts=answer.artifacts,
        targets=tuple(fate.items()),
        usage=usage,
    )


def _is_of_this_run(command: Command, ended: Mapping[str, Ended]) -> bool:
    """Say whether a report, where there is one, holds the word that this run alone planted."""
    match ended[command.label].result:
        case Report(data=data):
            return command.echo.encode() in data
        case ToolError():
            return True


def _result(planned: Planned, outcome: Outcome, *, usage: tuple[Usage, ...] = ()) -> StageResult:
    return StageResult(
        evidence=_evidence(planned, outcome),
        targets=tuple(_fates(planned, outcome)),
        usage=usage,
    )


def _fates(planned: Planned, outcome: Outcome) -> Iterator[tuple[str, str]]:
    known = {gap.target: gap.reason.value for gap in planned.scope.gaps if gap.target}
    word = outcome.reason.value if isinstance(outcome, Failed) else "not_asked"
    return ((target, known.get(target, word)) for target in planned.scope.asked)


def _evidence(planned: Planned, outcome: Outcome) -> StageEvidence:
    return StageEvidence(
        stage=planned.stage,
        outcome=outcome,
        excluded=planned.excluded,
        tools=planned.tools,
        feeds=planned.feeds,
        rules=planned.scope.rules,
    )
