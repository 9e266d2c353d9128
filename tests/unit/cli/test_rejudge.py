from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from pipeline.bundle.read import read
from pipeline.cli import rejudge
from pipeline.model.verdict import Verdict
from pipeline.policy.judging.gate import judge
from tests.support import bundles
from tests.support.judging import NOW, case, gate, policy


def judged(place: Path, source: str, environment: Mapping[str, str], *, trusted: bool) -> Verdict:
    """Judge a bundle again that was made without CI."""
    made = case(policy())
    said = msgspec.structs.replace(made.source, source=source, trusted=trusted)
    made = msgspec.structs.replace(made, source=said)
    stored = read(bundles.write(place / "bundle", made, {"gate.yaml": gate()}))
    assert stored.verdict.verdict == "PASS"
    again = rejudge.case(stored, rejudge.Others(), environment=environment, now=NOW)
    return judge(again).verdict


@pytest.mark.parametrize(
    ("environment", "expected"), [({}, "PASS"), ({"CI": "true"}, "INCONCLUSIVE")]
)
def test_in_ci_a_bundle_brings_no_trust_in_the_policy_of_a_working_tree(
    tmp_path: Path, environment: Mapping[str, str], expected: str
) -> None:
    said = judged(tmp_path, "working-tree:policies", environment, trusted=False)
    assert said.verdict == expected
    gaps = [one.reason for one in said.unanswered]
    assert gaps == (["policy_untrusted"] if environment else [])


def test_in_ci_a_bundle_by_a_trusted_policy_is_judged_as_it_was(tmp_path: Path) -> None:
    said = judged(tmp_path, f"base:{'a' * 40}:policies", {"CI": "true"}, trusted=True)
    assert said.verdict == "PASS"
