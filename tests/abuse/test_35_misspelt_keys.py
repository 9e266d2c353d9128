"""Abuse 35: a key that is misspelt, or spelt in another alphabet, is refused and not ignored."""

from pathlib import Path

import pytest

from pipeline.cli.app import answer
from tests.abuse.test_34_yaml_that_means_two_things import WHOLE, told
from tests.support.judging import exception, gate, with_exceptions
from tests.support.judging import verdict as judged

pytestmark = pytest.mark.tools
RULE = "[{{id: A, title: a, effect: fail, match: {{{0}: [high]}}}}]"


@pytest.mark.parametrize(
    ("file", "text", "key", "help_"),
    [
        ("gate.yaml", gate(rules=RULE.format("sevrity")), "sevrity", "did you mean 'severity'?"),
        ("gate.yaml", gate(rules=RULE.format("sеverity")), "rules.0.match.s", "another alphabet"),
        ("gate.yaml", gate(bugdets="[]"), "bugdets", "did you mean 'budgets'?"),
        ("gate.yaml", gate(exceptions="{aprovals: {default: 1}}"), "aprovals", "'approvals'"),
        ("gate.yaml", gate(exceptions="{approvals: {defualt: 1}}"), "defualt", "'default'"),
        ("gate.yaml", gate(evidence="{stages: {semgrep: {requierd: always}}}"), "requierd",
         "'required'"),
        ("gate.yaml", gate(sla="{dayz: {P0: 3}}"), "dayz", "'days'"),
        ("gate.yaml", gate(report_only_untill="{}"), "report_only_untill", "'report_only_until'"),
        ("roles.yaml", WHOLE["roles.yaml"].replace(b"members", b"memebrs"), "memebrs", "'members'"),
        ("tests/a_test.yaml", WHOLE["tests/a_test.yaml"].replace(b"expect", b"expects"), "expects",
         "did you mean 'expect'?"),
    ],
)  # fmt: skip
def test_it_is_refused_with_its_place_a_caret_and_the_nearest_key(
    file: str,
    text: bytes,
    key: str,
    help_: str,
    *,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told({**WHOLE, file: text}, tmp_path, capsys)
    assert key in said
    assert help_ in said
    assert f"{tmp_path.name}/{file}:" in said
    assert any(line.rstrip().endswith("^") for line in said.splitlines())


@pytest.mark.parametrize("key", ["expirs", "owmer", "expіres"])
def test_an_exception_with_such_a_key_excepts_nothing(key: str) -> None:
    said = judged(with_exceptions(exception(**{key: "2099-01-01"})))
    assert [one.status for one in said.exceptions] == ["invalid"]
    assert said.verdict == "WARN"


def test_the_same_file_spelt_right_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, data in WHOLE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert answer(["policy", "test", str(tmp_path)]) == 0
    assert "all green" in capsys.readouterr().out
