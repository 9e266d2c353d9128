"""Abuse 32: comments and ignore files of the change steer no scanner, and each comment is told.

That the same holds for every stage and for the environment, `tests/faults` shows with the whole
shop; this is the attack by itself.
"""

from pathlib import Path

import pytest

from tests.faults.hostile import MARKS, SETTINGS
from tests.support.attacked import Repository
from tests.support.command import Bundle, Ran

pytestmark = pytest.mark.tools

SHOP = Path(__file__).parents[2] / "examples" / "shop"
STAGES = frozenset({"semgrep", "workflows", "config"})
OTHERS = {
    "osv-scanner.toml": "[[PackageOverrides]]\nignore = true\n",
    ".grype.yaml": "ignore:\n  - vulnerability: '*'\n",
    ".bandit": "[bandit]\nskips = S608,B608\n",
    "app/.trivyignore": "*\n",
    "infra/.trivyignore": "AWS-0107\n",
}
POLICY = f"""apiVersion: penstock/v1
kind: GatePolicy
metadata: {{name: inline}}
evidence: {{stages: {{{", ".join(f"{name}: {{required: always}}" for name in STAGES)}}}}}
priorities: [{{priority: P1, title: High, match: {{severity: [critical, high]}}}}]
rules:
  - {{id: R-1, title: Silenced in the change, match: {{suppressed_inline: true}}, effect: fail}}
"""
"""It fails nothing but what somebody silenced."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Bundle]:
    """A change that silences one flaw of each kind by a comment, and all by files."""
    made = Repository(tmp_path_factory.mktemp("abuse") / "repository")
    made.write("policies/gate.yaml", POLICY)
    base = made.commit()
    for name, text in {**SETTINGS, **OTHERS}.items():
        made.write(name, text)
    texts = {mark.path: (SHOP / mark.path).read_text() for mark in MARKS}
    for mark in MARKS:
        assert mark.before in texts[mark.path]
        texts[mark.path] = texts[mark.path].replace(mark.before, mark.after, 1)
    for name, text in texts.items():
        made.write(name, text)
    made.git("add", "-A", "-f")
    made.commit_index()
    return made.run("--base", base, *(word for name in STAGES for word in ("--only", name)))


def silenced(bundle: Bundle) -> dict[tuple[str, str], bool]:
    found: dict[tuple[str, str], bool] = {}
    for one in bundle.findings:
        place = (one["target"], one["rule"])
        found[place] = found.get(place, False) or one["suppressed_inline"]
    return found


def test_what_a_comment_silences_is_found_and_told(judged: tuple[Ran, Bundle]) -> None:
    _, bundle = judged
    told = {place for place, by_comment in silenced(bundle).items() if by_comment}
    assert {(mark.path, mark.rule) for mark in MARKS} <= told
    assert {name for name, _ in told} == {mark.path for mark in MARKS}


def test_each_is_a_finding_that_a_policy_can_fail(judged: tuple[Ran, Bundle]) -> None:
    done, bundle = judged
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    failing = {one["finding"] for one in bundle.verdict["breaches"]}
    assert failing == {one["id"] for one in bundle.findings if one["suppressed_inline"]}


def test_no_ignore_file_hides_a_file_or_a_rule(judged: tuple[Ran, Bundle]) -> None:
    _, bundle = judged
    seen = silenced(bundle)
    assert (".github/workflows/ci.yml", "template-injection") in seen, "zizmor.yml disables it"
    assert ("Dockerfile", "DS-0002") in seen, ".trivyignore and trivy.yaml leave it out"
    assert ("app/db.py", "penstock.python.sql-injection") in seen, ".semgrepignore leaves all out"
    assert STAGES.isdisjoint(one["stage"] for one in bundle.verdict["unanswered"])
