"""A case that is judged finding by finding has the verdict that it has as a whole."""

import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle.lengthy import Line, encode_line, pretty, verdict_pieces, without_lists
from pipeline.bundle.write import findings_lines
from pipeline.model.finding import Finding, State
from pipeline.model.severity import Severity
from pipeline.model.verdict import Verdict
from pipeline.policy.judging.gate import judge
from pipeline.policy.judging.many import Many
from pipeline.policy.model import Policy
from tests.support.judging import case, code, exception, package, policy

BUDGETS: Final = """
  - {id: B-1, title: Criticals, count: findings_critical_raw, lt: 3, effect: fail}
"""
GRACE: Final = """
  - {id: R-ALL, title: All, match: {severity: [critical, high, medium]}, effect: fail,
     grace: {days: 9, from: advisory_published, only_if: {state: [existing]}}}
  - {id: R-SURE, title: Sure, match: {severity: [high, low]}, effect: warn}
"""
POLICIES: Final = (
    policy(),
    policy(budgets=BUDGETS),
    policy(rules=GRACE),
    policy({"exceptions/EX-1.yaml": exception(max_matches="2")}, budgets=BUDGETS),
    policy(report_only_until="{pr: 2026-12-24}", budgets=BUDGETS),
    policy(
        evidence="{stages: {semgrep: {required: always}}, limits: {max_findings: 3}}",
    ),
)
KNOWN: Final = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(Severity),
        "state": st.sampled_from(State),
        "withdrawn": st.sampled_from([None, None, "2026-11-01"]),
        "advisory_published": st.sampled_from([None, "2026-11-20", "2026-01-01"]),
    }
)


def made(number: int, known: dict[str, Any]) -> Finding:
    one = package(target=f"req{number}.txt") if number % 3 else code(target=f"a{number}.py")
    return msgspec.structs.replace(one, **known)


def _short(verdict: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verdict.json"
        path.write_bytes(verdict)
        return without_lists(path)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(POLICIES), st.lists(KNOWN, max_size=14))
def test_the_verdict_is_the_same_to_the_last_byte(by: Policy, known: list[dict[str, Any]]) -> None:
    found = sorted((made(*one) for one in enumerate(known)), key=lambda one: one.id)
    asked = case(by, *found)
    whole = judge(asked)
    many = Many(msgspec.structs.replace(asked, findings=()))
    ready = tuple(many.take(one) for one in found)
    judged = many.judged()
    lists = judged.lists
    pieces = verdict_pieces(
        judged.verdict, lists.breaches(judged.verdict), lists.warnings(judged.verdict)
    )
    written = b"".join(pieces)
    assert written == pretty(whole.verdict)
    assert ready == whole.findings
    short = msgspec.json.decode(_short(written), type=Verdict)
    assert short == msgspec.structs.replace(whole.verdict, breaches=(), warnings=())


@given(st.lists(KNOWN, min_size=1, max_size=4))
def test_lines_are_written_alike(known: list[dict[str, Any]]) -> None:
    found = sorted((made(*one) for one in enumerate(known)), key=lambda one: one.id)
    lines = [msgspec.json.decode(msgspec.json.encode(one), type=Line) for one in found]
    written = b"".join(encode_line().encode(one) + b"\n" for one in lines)
    assert written == findings_lines(tuple(found))


@pytest.mark.parametrize("count", [0, 1, 4096, 4098])
def test_lists_of_any_length_are_written_alike(count: int) -> None:
    by = policy(rules="[{id: R, title: All, match: {severity: [high]}, effect: fail}]")
    found = [msgspec.structs.replace(code(), id=f"{number:032x}") for number in range(count)]
    asked = case(by)
    many = Many(asked)
    for one in found:
        many.take(one)
    judged = many.judged()
    pieces = verdict_pieces(
        judged.verdict,
        judged.lists.breaches(judged.verdict),
        judged.lists.warnings(judged.verdict),
    )
    whole = judge(msgspec.structs.replace(asked, findings=tuple(found)))
    assert b"".join(pieces) == pretty(whole.verdict)
