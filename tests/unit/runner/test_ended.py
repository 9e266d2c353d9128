"""How a stage ends: skipped, failed or completed, and never silently."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.outcome import Canary, Completed, Failed, Scope, Skipped, SkipReason, Usage
from pipeline.model.walls import Level
from pipeline.plan.model import Plan, Planned, Ready
from pipeline.runner.ended import result_of
from pipeline.stages.workflows import stage
from pipeline.toolchain.process import Ended
from tests.conftest import DATA
from tests.support import records, staging

FLOWS = (".github/workflows/a.yml", ".github/workflows/b.yml")
RECORDED = (
    ".github/dependabot.yml",
    ".github/workflows/ci.yml",
    ".github/workflows/clean.yml",
    "action.yml",
)
KNOWN = Gap(stage="workflows", target=FLOWS[0], reason=GapReason.NOT_READ, detail="")


def ready(*gaps: Gap, workflows: tuple[str, ...] = FLOWS) -> Planned:
    job = staging.job(
        "workflows",
        stage,
        staging.bare(workflows=workflows),
        place=Path("/nowhere"),
        tools=staging.fake_tools("zizmor"),
    )
    scope = msgspec.structs.replace(job.scope, gaps=gaps)
    job = msgspec.structs.replace(job, scope=scope)
    return decided(Ready(job=job, commands=stage.commands(job)), scope)


def decided(decision: Ready | Failed | Skipped, scope: Scope) -> Planned:
    return Planned(
        stage="workflows",
        required="always",
        scope=scope,
        excluded=(),
        tools=(),
        feeds=(),
        decision=decision,
    )


def ended(planned: Planned, what: ToolError | bytes) -> Mapping[str, Ended]:
    return {
        label: Ended(
            result=what if isinstance(what, ToolError) else staging.report(label, what),
            usage=records.usage(),
        )
        for label in planned.labels
    }


SCOPE = Scope(asked=FLOWS, gaps=(KNOWN,))


def test_a_stage_that_was_not_asked_says_so_of_every_target() -> None:
    skipped = Skipped(why=SkipReason.DESELECTED, asked=2, inventory="sha256:0")
    result = result_of(decided(skipped, SCOPE), {}, ())
    assert result.evidence.outcome == skipped
    assert result.targets == ((FLOWS[0], "not_read"), (FLOWS[1], "not_asked"))
    assert (result.findings, result.artifacts, result.usage) == ((), (), ())


def test_a_stage_that_failed_before_it_started_gives_each_target_the_reason() -> None:
    failed = Failed(asked=2, reason=GapReason.TOOL_MISSING, message="no zizmor", gaps=(KNOWN,))
    result = result_of(decided(failed, SCOPE), {}, ())
    assert result.evidence.outcome == failed
    assert result.targets == ((FLOWS[0], "not_read"), (FLOWS[1], "tool_missing"))


@pytest.mark.parametrize("reason", [GapReason.TIMEOUT, GapReason.TOOL_FAILED, GapReason.LIMIT])
def test_a_process_without_a_report_fails_its_stage_with_its_own_reason(
    reason: GapReason,
) -> None:
    planned = ready(KNOWN)
    error = ToolError(reason, "no answer", hint="wait longer")
    result = result_of(planned, ended(planned, error), (records.usage(),))
    assert result.evidence.outcome == Failed(
        asked=2, reason=reason, message="no answer; wait longer", gaps=(KNOWN,)
    )
    assert dict(result.targets) == {FLOWS[0]: "not_read", FLOWS[1]: reason.value}
    assert result.findings == ()
    assert result.usage == (records.usage(),)


@pytest.mark.parametrize("junk", [b"", b"{}", b"null", b"<html>502</html>"])
def test_a_report_that_is_none_is_a_failure_and_never_an_empty_answer(junk: bytes) -> None:
    planned = ready()
    outcome = result_of(planned, ended(planned, junk), ()).evidence.outcome
    assert isinstance(outcome, Failed)
    assert outcome.asked == 2


def test_a_report_that_proves_nothing_leaves_every_target_unanswered() -> None:
    planned = ready()
    result = result_of(planned, ended(planned, b"[]"), ())
    outcome = result.evidence.outcome
    assert isinstance(outcome, Completed | Failed)
    if isinstance(outcome, Completed):
        assert outcome.canary is Canary.MISSED
    assert all(word != "answered" for _, word in result.targets) or outcome.gaps


@pytest.mark.parametrize(
    ("word", "canary"), [("a1b2c3d4", Canary.FOUND), ("another's", Canary.MISSED)]
)
def test_a_report_without_the_word_of_this_run_is_of_another_one(word: str, canary: Canary) -> None:
    """However whole it is: somebody may have kept it from yesterday."""
    found = json.loads((DATA / "workflows" / "findings.json").read_bytes())
    found[0]["said"] = word
    log = (DATA / "workflows" / "findings.stderr").read_text()
    planned = ready(workflows=RECORDED)
    done = {
        label: Ended(
            result=staging.report(label, json.dumps(found).encode(), stderr=log, exit_code=14),
            usage=records.usage(),
        )
        for label in planned.labels
    }
    outcome = result_of(planned, done, ()).evidence.outcome
    assert isinstance(outcome, Completed)
    assert (outcome.canary, outcome.answered) == (canary, len(RECORDED))


def test_what_a_tool_said_last_is_shown_without_what_must_stay_secret() -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    usage = msgspec.structs.replace(records.usage(), stderr_tail=f'x error cause="k = {key}"')
    failed = Failed(asked=0, reason=GapReason.TOOL_FAILED, message="")
    planned = msgspec.structs.replace(decided(failed, Scope(asked=())), stage="secrets")
    (kept,) = result_of(planned, {}, (usage,)).usage
    assert kept.stderr_tail != usage.stderr_tail
    assert key not in kept.stderr_tail


def test_a_shared_process_belongs_to_the_first_stage_that_asks_for_it() -> None:
    first = ready()
    second = msgspec.structs.replace(first, stage="sbom")
    skipped = decided(Skipped(why=SkipReason.DESELECTED, asked=0, inventory=""), Scope(asked=()))
    empty = dict.fromkeys(Plan.__struct_fields__)
    plan = msgspec.structs.replace(_plan(empty), stages=(skipped, first, second))
    assert plan.owners == dict.fromkeys(first.labels, "workflows")
    assert set(plan.owners) == set(plan.commands)
    turned = msgspec.structs.replace(plan, stages=(second, first))
    assert set(turned.owners.values()) == {"sbom"}


def _plan(fields: dict[str, None]) -> Plan:
    return Plan(**fields)  # type: ignore[arg-type]


def test_usage_names_what_was_started() -> None:
    planned = ready()
    one: tuple[Usage, ...] = (records.usage(2.0), records.usage(1.0))
    error = ToolError(GapReason.TIMEOUT, "late")
    assert result_of(planned, ended(planned, error), one).usage == one


def test_a_stage_is_walled_in_as_its_weakest_process_and_no_other_is() -> None:
    planned = ready()
    last, *others = sorted(planned.labels)
    free, strict = (
        Ended(
            result=ToolError(GapReason.TOOL_FAILED, "no"),
            usage=msgspec.structs.replace(records.usage(), sandbox=level),
        )
        for level in (Level.LANDLOCK, Level.ISOLATED)
    )
    all_strict = dict.fromkeys((last, *others), strict)
    one_free = result_of(planned, all_strict | {last: free}, ())
    none_free = result_of(planned, all_strict | {"another stage's": free}, ())
    assert one_free.evidence.sandbox is Level.LANDLOCK
    assert none_free.evidence.sandbox is Level.ISOLATED
