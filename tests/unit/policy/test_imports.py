"""A report from elsewhere answers only where the policy says so, and for what it proves."""

import re
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Imported, ImportedFile, Lack
from pipeline.model.outcome import Outcome
from pipeline.model.verdict import Verdict
from pipeline.policy.loading.words import LackWord
from pipeline.policy.model import Policy
from tests.support.judging import NOW, answers, done, policy, tool, verdict

PAGE: Final = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
LOOK: Final = Imported(
    tool="Look",
    version="1.2",
    made="2026-11-25T08:00:00Z",
    targets=("shop",),
    lacks=(),
    typed=(),
    files=(),
)


def allowing(entry: str = "") -> Policy:
    stages = "semgrep: {required: always}, pip-audit: {required: when_present}"
    imports = f"[{{stage: semgrep, tool: Look, max_age_hours: 24{entry}}}]"
    return policy(evidence=f"{{stages: {{{stages}}}, imports: {imports}}}")


def judged(by: Policy | None = None, outcome: Outcome | None = None, **fields: Any) -> Verdict:
    told = msgspec.structs.replace(LOOK, **fields)
    stages = tuple(
        msgspec.structs.replace(
            one,
            tools=(tool(locked=False),),
            imported=told,
            outcome=outcome or one.outcome,
        )
        if one.stage == "semgrep"
        else one
        for one in answers()
    )
    return verdict(by or allowing(), stages=stages)


def reasons(one: Verdict) -> list[str]:
    return [entry.reason.value for entry in one.unanswered]


def test_a_report_that_the_policy_allows_answers() -> None:
    assert judged().verdict == "PASS"


def test_a_report_of_which_the_policy_says_nothing_answers_nothing() -> None:
    assert reasons(judged(policy())) == ["tool_unlocked"]


@pytest.mark.parametrize("fields", [{"tool": "look"}, {"tool": "Look "}, {"tool": "Other"}])
def test_no_other_tool_answers_in_its_place(fields: dict[str, Any]) -> None:
    assert reasons(judged(**fields)) == ["tool_unlocked"]


def test_only_the_releases_that_are_named_answer() -> None:
    assert judged(allowing(", versions: ['1.2']")).verdict == "PASS"
    assert reasons(judged(allowing(", versions: ['1.3']"))) == ["tool_unlocked"]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ("2026-11-24T11:59:59Z", ["feed_stale"]),
        ("2026-11-24T12:00:00Z", []),
        ("2026-11-25T12:10:00Z", []),
        ("2026-11-25T12:10:01Z", ["feed_future"]),
        ("yesterday", ["feed_stale"]),
        ("2026-11-25T08:00:00", ["feed_stale"]),
    ],
)
def test_its_age_counts(made: str, reason: list[str]) -> None:
    assert NOW.isoformat() == "2026-11-25T12:00:00+00:00"
    assert reasons(judged(made=made)) == reason


@pytest.mark.parametrize(
    ("lack", "reason"),
    [
        (Lack.UNSAID_CHECKS, "tool_output"),
        (Lack.UNSAID_END, "tool_output"),
        (Lack.UNDATED_FEED, "feed_missing"),
    ],
)
def test_what_it_leaves_open_is_a_gap_unless_it_is_accepted_and_then_it_is_said(
    lack: Lack, reason: str
) -> None:
    assert reasons(judged(lacks=(lack,))) == [reason]
    accepting = judged(allowing(f", accepts: [{lack.value}]"), lacks=(lack,))
    assert (accepting.verdict, len(accepting.warnings)) == ("WARN", 1)


@pytest.mark.parametrize(
    ("match", "reason"),
    [
        ("path: ['app/**']", ["tool_output"]),
        ("kind: [sast], path: ['app/**']", ["tool_output"]),
        ("stage: [semgrep], path: ['app/**']", ["tool_output"]),
        ("stage: [secrets], path: ['app/**']", []),
        ("kind: [sast]", []),
    ],
)
def test_results_at_no_path_are_a_gap_where_rules_of_the_stage_ask_for_paths(
    match: str, reason: list[str]
) -> None:
    by = msgspec.structs.replace(
        allowing(),
        rules=policy(rules=f"[{{id: R-1, title: t, match: {{{match}}}, effect: fail}}]").rules,
    )
    assert reasons(judged(by, lacks=(Lack.UNPLACED_RESULTS,))) == reason


@pytest.mark.parametrize(("kind", "reason"), [("sast", []), ("sca", ["tool_output"])])
def test_a_report_about_packages_alone_meets_no_rule_about_code(
    kind: str, reason: list[str]
) -> None:
    rule = f"[{{id: R-1, title: t, match: {{kind: [{kind}], path: ['app/**']}}, effect: fail}}]"
    by = msgspec.structs.replace(allowing(), rules=policy(rules=rule).rules)
    file = ImportedFile(name="a", format="pip-audit", sha256="sha256:0", size=1)
    assert reasons(judged(by, lacks=(Lack.UNPLACED_RESULTS,), files=(file,))) == reason


def test_targets_that_are_not_listed_are_missed_unless_that_is_accepted() -> None:
    missed = Gap(stage="semgrep", target="shop", reason=GapReason.NOT_LISTED)
    outcome = done(1, missed)
    assert reasons(judged(outcome=outcome)) == ["not_listed"]
    accepting = judged(allowing(", accepts: [unlisted_targets]"), outcome)
    assert (accepting.verdict, len(accepting.tolerated)) == ("WARN", 1)


@pytest.mark.parametrize("reason", [GapReason.TOOL_FAILED, GapReason.PARSE_ERROR])
def test_nothing_else_is_accepted_with_them(reason: GapReason) -> None:
    failed = Gap(stage="semgrep", target=None, reason=reason)
    outcome = done(1, failed)
    everything = ", ".join(lack.value for lack in Lack)
    assert reasons(judged(allowing(f", accepts: [{everything}]"), outcome)) == [reason.value]


def test_what_penstock_itself_did_not_list_is_never_accepted() -> None:
    missed = Gap(stage="semgrep", target="a.py", reason=GapReason.NOT_LISTED)
    outcome = done(1, missed)
    by = allowing(", accepts: [unlisted_targets]")
    assert reasons(verdict(by, stages=answers(semgrep=outcome))) == ["not_listed"]


def test_a_denied_release_is_denied_by_whatever_name_it_goes() -> None:
    denied = "{tool: trivy, versions: ['0.69.4'], reason: 'it was malicious', source: 'its makers'}"
    by = policy(
        evidence="{stages: {semgrep: {required: always}}, tools: {denied: [" + denied + "]},"
        " imports: [{stage: semgrep, tool: Trivy, max_age_hours: 24}]}"
    )
    assert reasons(judged(by, tool="Trivy", version="v0.69.4")) == ["tool_denied"]


@pytest.mark.parametrize(
    "imports",
    [
        "[{stage: nothing, tool: Look, max_age_hours: 24}]",
        "[{stage: config, tool: L, max_age_hours: 1}, {stage: config, tool: L, max_age_hours: 2}]",
        "[{stage: semgrep, tool: Look, max_age_hours: 24, accepts: [everything]}]",
    ],
)
def test_entries_that_mean_nothing_are_refused(imports: str) -> None:
    with pytest.raises(UsageError):
        policy(evidence=f"{{stages: {{semgrep: {{required: always}}}}, imports: {imports}}}")


def test_the_example_of_the_page_is_a_policy() -> None:
    (example,) = re.findall(r"```yaml\nevidence:\n(.*?)```", PAGE, re.DOTALL)
    (entry,) = policy(evidence=f"\n{example}").demands.imports
    assert entry.tool == "CodeQL"
    assert entry.accepts == frozenset({Lack.UNLISTED_TARGETS})


@pytest.mark.parametrize("lack", Lack)
def test_every_lack_has_its_row(lack: Lack) -> None:
    assert f"| `{lack.value}` |" in PAGE
    assert lack.value in get_args(LackWord)
