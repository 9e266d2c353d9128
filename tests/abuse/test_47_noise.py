"""Abuse 47: one finding is hidden among ever so many, or a cap is hit so that it falls away."""

import json
from pathlib import Path
from typing import Final

import msgspec
import pytest

from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason
from pipeline.model.outcome import Canary, Completed, StageEvidence, StageResult
from pipeline.model.record import RunRecord
from pipeline.model.severity import Severity
from pipeline.policy.judging.gate import judge
from pipeline.report import FORMATS
from pipeline.report.base import Style
from tests.support import records
from tests.support.judging import case, code, policy
from tests.support.liars import Liar

PLAIN: Final = Style(width=100, color=False, unicode=True)
NOISE: Final = 6_000
"""More than any report lists."""
NEEDLE: Final = msgspec.structs.replace(
    records.sast(0, severity=Severity.LOW, title="The needle"),
    id="f" * 32,
    rule="needle",
    priority="P0",
)
"""Worse by its priority alone, and the last by its id."""


def hay(count: int = NOISE) -> tuple[Finding, ...]:
    return tuple(records.sast(n, severity=Severity.CRITICAL) for n in range(1, count + 1))


@pytest.fixture(scope="module")
def noisy() -> RunRecord:
    return records.record(*hay(), NEEDLE)


def shown(name: str, record: RunRecord) -> list[str]:
    return FORMATS[name].render(record, PLAIN).splitlines()


def test_the_worst_stands_first_whatever_is_around_it(noisy: RunRecord) -> None:
    text = shown("text", noisy)
    head = next(n for n, line in enumerate(text) if line.startswith("Worst findings"))
    assert "needle" in text[head + 1]
    assert f"(10 of {NOISE + 1})" in text[head]
    assert "needle" in shown("github", noisy)[1]
    table = [line for line in shown("markdown", noisy) if line.startswith("| P")]
    assert "needle" in table[1]


def test_whatever_is_left_out_is_counted(noisy: RunRecord) -> None:
    assert any("more in the summary" in line for line in shown("github", noisy))
    run = json.loads("\n".join(shown("sarif", noisy)))["runs"][0]
    assert run["properties"]["penstock/resultsLeftOut"] == NOISE + 1 - len(run["results"])
    assert any(one["ruleId"] == "needle" for one in run["results"])


def test_gaps_without_number_leave_room_for_the_worst() -> None:
    gaps = tuple(
        Gap(stage="semgrep", target=f"{n}{'x' * 90}", reason=GapReason.TIMEOUT, detail="x" * 90)
        for n in range(NOISE)
    )
    plain = records.record(*hay(5), NEEDLE)
    missing = tuple(
        msgspec.structs.replace(plain.verdict.unanswered[0], target=one.target, detail=one.detail)
        for one in gaps
    )
    outcome = Completed(asked=NOISE, answered=0, gaps=gaps, canary=Canary.FOUND)
    noisy = msgspec.structs.replace(
        plain,
        results=(StageResult(evidence=StageEvidence(stage="semgrep", outcome=outcome)),),
        verdict=msgspec.structs.replace(plain.verdict, unanswered=missing),
    )
    page = "\n".join(shown("markdown", noisy))
    assert "needle" in page
    assert f"({NOISE})" in page
    assert "more in coverage.json" in page
    run = json.loads("\n".join(shown("sarif", noisy)))["runs"][0]
    *_, last = run["invocations"][0]["toolExecutionNotifications"]
    assert last["message"]["text"] == f"{NOISE - 1000} more gaps are in coverage.json"


@pytest.mark.parametrize(
    ("severity", "answer"), [(Severity.LOW, "INCONCLUSIVE"), (Severity.CRITICAL, "FAIL")]
)
def test_more_than_the_policy_takes_is_never_a_pass(severity: Severity, answer: str) -> None:
    """Nothing is dropped at the cap: what breaks a rule is found behind it too."""
    capped = policy(evidence="{stages: {semgrep: {required: always}}, limits: {max_findings: 3}}")
    few = [code(f"r{n}", severity=Severity.LOW, fingerprint=str(n)) for n in range(3)]
    assert judge(case(capped, *few)).verdict.verdict == "PASS"
    last = code("zzz", severity=severity, fingerprint="last")
    verdict = judge(case(capped, *few, last)).verdict
    assert verdict.verdict == answer
    assert [one.reason.value for one in verdict.unanswered] == ["limit"]


@pytest.mark.tools
def test_a_report_that_noise_makes_too_long_is_no_answer(tmp_path: Path) -> None:
    liar = Liar(tmp_path, "workflows")
    gate = liar.folder / "policies/gate.yaml"
    limits = "  limits: {max_report_mb: 1}\n  excerpts:"
    gate.write_text(gate.read_text().replace("  excerpts:", limits, 1))
    liar.passes()
    liar.says(f'"{liar.real}" "$@"; code=$?; head -c 2000000 /dev/zero | tr "\\0" " "; exit $code')
    assert liar.reasons() == {"limit"}
