"""Abuse 1: a pull request edits gate.yaml to drop the rule that stops it."""

from pathlib import Path

import pytest

from tests.support.attacked import WEAK, attacked
from tests.support.slowly import quick

pytestmark = pytest.mark.tools
CASE = """apiVersion: penstock/v1
kind: PolicyTest
now: 2026-11-21T12:00:00Z
cases:
  - name: high fails
    env: pr
    findings: [{id: f1, kind: workflow, rule: r, severity: high}]
    expect: {verdict: fail, rules: [R-1]}
"""


def test_the_policy_of_the_base_judges_and_the_report_lists_what_would_pass(
    tmp_path: Path,
) -> None:
    made, base = attacked(tmp_path / "repository")
    made.write("policies/gate.yaml", WEAK)
    head = made.commit()
    summary = tmp_path / "summary"
    done, bundle = made.run("--base", base, GITHUB_STEP_SUMMARY=str(summary))
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert bundle.verdict["policy"]["name"] == "small"
    assert bundle.verdict["subject"]["commit"] == head
    for told in (done.err, summary.read_text()):
        assert "FAIL -" in told
        assert "1 finding would stop failing" in told
        assert "template-injection" in told


@pytest.mark.parametrize(
    "text",
    quick(["", "rules: [", "apiVersion: penstock/v1\nkind: GatePolicy\n", "&a [*a]\n", "\0"], 2),
)
def test_a_broken_policy_of_the_change_never_changes_the_verdict(tmp_path: Path, text: str) -> None:
    made, base = attacked(tmp_path / "repository")
    made.write("policies/gate.yaml", text)
    made.commit()
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert "cannot judge anything" in done.err


def test_a_policy_that_is_taken_away_or_becomes_a_link_is_reported_too(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    gate = made.path / "policies/gate.yaml"
    gate.rename(made.path / "gate.yaml")
    made.commit()
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["policy"]["name"]) == (1, "small")
    assert "(wheel) would judge otherwise" in done.err
    gate.symlink_to("../gate.yaml")
    made.commit()
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["policy"]["name"]) == (1, "small")
    assert "a link" in done.err


def test_a_change_that_leaves_the_policy_alone_has_no_such_report(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    done, _ = made.run("--base", base)
    assert "policy of this change" not in done.err


def test_the_change_s_policy_is_linted_and_tested_too(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    made.write("policies/gate.yaml", WEAK)
    made.write("policies/tests/a_test.yaml", CASE)
    made.commit()
    done, _ = made.run("--base", base)
    assert done.code == 1
    assert "lint: policies/gate.yaml:" in done.err
    assert "test fails: policies/tests/a_test.yaml:5" in done.err
    made.write("policies/tests/a_test.yaml", "cases: []\n")
    done, _ = made.run("--base", base)
    assert done.code == 1
    assert "its tests cannot be read: policies/tests/a_test.yaml" in done.err
    assert "would stop failing" in done.err, "the comparison does not wait for the tests"
