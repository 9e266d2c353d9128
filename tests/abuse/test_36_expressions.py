"""Abuse 36: expressions (CEL) are not read by this version; whoever writes one is told so.

What such an expression gets wrong, fields cannot: a misspelt one is refused at load, one of the
wrong type too, and what nobody knows matches.
"""

from pathlib import Path

import pytest

from pipeline.cli.app import answer
from tests.abuse.test_34_yaml_that_means_two_things import WHOLE, told
from tests.support.judging import gate, package, policy
from tests.support.judging import verdict as judged

pytestmark = pytest.mark.tools
EXPRESSIONS = (
    "epss >= 0.5",
    "epsss >= 0.5",
    "epss == '0.5'",
    "'true'",
    "[1].all(a, [1].all(b, [1].all(c, true)))",
    "path.matches('(a+)+$')",
)


@pytest.mark.parametrize("where", ["rule", "row"])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_refused_with_its_place_and_what_to_write_instead(
    expression: str, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    when = '"' + expression + '"'
    sections = {
        "rule": {
            "rules": f"[{{id: A, title: a, effect: fail, when: {when}, match: {{kind: [sca]}}}}]"
        },
        "row": {"priorities": f"[{{priority: P0, title: a, when: {when}, match: {{kev: true}}}}]"},
    }[where]
    said = told({**WHOLE, "gate.yaml": gate(**sections)}, tmp_path, capsys)
    assert "when: there is no such key" in said
    assert "use the fields of `match`" in said
    assert f"{tmp_path.name}/gate.yaml:" in said


def test_an_expression_in_place_of_a_match_is_refused_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = "[{id: A, title: a, effect: fail, match: 'epss >= 0.5'}]"
    said = told({**WHOLE, "gate.yaml": gate(rules=rules)}, tmp_path, capsys)
    assert "rules.0.match: a mapping is due here" in said


@pytest.mark.parametrize("bound", ["'0.5'", "true", "[0.5]", ".nan", "1.7", "-1"])
def test_a_bound_of_another_type_is_refused(
    bound: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = f"[{{id: A, title: a, effect: fail, match: {{epss: {{gte: {bound}}}}}}}]"
    told({**WHOLE, "gate.yaml": gate(rules=rules)}, tmp_path, capsys)


def test_a_whole_number_is_a_bound() -> None:
    rules = "[{id: A, title: a, effect: fail, match: {epss: {gte: 1}}}]"
    assert judged(policy(rules=rules), package(epss=1.0)).verdict == "FAIL"
    assert judged(policy(rules=rules), package(epss=0.9)).verdict == "PASS"


def test_a_value_that_nobody_knows_is_never_a_silent_no() -> None:
    rules = "[{id: A, title: a, effect: fail, match: {epss: {gte: 0.5}}}]"
    said = judged(policy(rules=rules), package(epss=None))
    assert said.verdict == "FAIL"
    assert [breach.certain for breach in said.breaches] == [False]


def test_the_command_answers_all_of_this_with_the_code_for_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = "[{id: A, title: a, effect: fail, when: x, match: {kind: [sca]}}]"
    told({**WHOLE, "gate.yaml": gate(rules=rules)}, tmp_path, capsys)
    for command in ("test", "show"):
        assert answer(["policy", command, str(tmp_path)]) == 2
