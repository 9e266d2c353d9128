"""A bundle that is read one by one is told as one that is read at once, in less memory."""

import contextlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.bundle.read import read
from pipeline.cli import regate, rejudge
from pipeline.cli.app import answer
from pipeline.cli.explain import long
from pipeline.cli.terminal import output
from pipeline.errors import UsageError
from tests.support.importing import result, sarif

GATE: Final = """apiVersion: penstock/v1
kind: GatePolicy
metadata: {name: long}
evidence:
  stages:
    semgrep: {required: always}
  imports:
    - {stage: semgrep, tool: Look, max_age_hours: 24}
priorities:
  - {priority: P0, title: High, match: {severity: [high]}}
rules:
  - {id: R-HIGH, title: Nothing high, match: {severity: [high]}, effect: fail}
  - {id: R-MEDIUM, title: Medium is told, match: {severity: [medium, unknown]}, effect: warn}
exceptions:
  approvals: {default: 0}
"""
EXCEPTION: Final = """apiVersion: penstock/v1
kind: Exception
id: EX-1
rules: [R-HIGH]
target: {match_key: %s}
owner: dave@example.com
requester: erin@example.com
ticket: SEC-1
reason: The next release of the reporting service does away with it, as was agreed with them.
created: 2026-11-20
expires: 2026-11-27
max_matches: 2
"""
NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    (folder / "policies/exceptions").mkdir(parents=True)
    (folder / "policies/gate.yaml").write_text(GATE)
    levels = ("error", "warning", "note", "none")
    some = [result(path=f"app/{n}.py", level=levels[n % 4 if n != 2 else 0]) for n in range(40)]
    (folder / "look.sarif").write_bytes(sarif({"results": some}))
    flags = ("--stage", "semgrep", "--target", "app/a.py", "--policy", str(folder / "policies"),
             "--as-of", "2026-11-25T12:00:00Z", "--allow-past")  # fmt: skip
    for _ in range(2):
        told = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(told):
            code = answer(["import", "look.sarif", "--out", "evidence", *flags])
        assert code == 1, told.getvalue()
        (excepted,) = (one for one in read(folder / "evidence").findings if "/2." in one.target)
        place = folder / "policies/exceptions/EX-1.yaml"
        place.write_text(EXCEPTION % excepted.match_key)
    return folder / "evidence"


def said(*words: str) -> Any:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        answer(words)
    return json.loads(told.getvalue())


def test_every_finding_is_explained_as_if_all_were_in_memory(bundle: Path) -> None:
    found = read(bundle).findings
    assert len(found) == 40
    outcomes = set()
    for one in found:
        whole = said("explain", str(bundle), one.id, "--format", "json")
        assert json.loads(long.explained(bundle, one.id, "json")) == whole
        outcomes |= {rule["outcome"] for rule in whole["rules"]}
    assert outcomes >= {"fail", "warn", "excepted", "not met"}


def test_a_verdict_is_explained_but_for_its_plan(bundle: Path) -> None:
    whole = said("explain", str(bundle), "--verdict", "--format", "json")
    told = json.loads(long.explained(bundle, None, "json"))
    assert whole["plan"] is not None
    assert told == {**whole, "plan": None}
    assert "not worked out" in long.explained(bundle, None, "text")


def test_what_is_called_as_several_are_is_told_apart(bundle: Path) -> None:
    with pytest.raises(UsageError, match="40 findings are called"):
        long.explained(bundle, "R1", "text")
    with pytest.raises(UsageError, match="no finding is called"):
        long.explained(bundle, "R2", "text")


@pytest.mark.parametrize("name", ["json", "sarif", "markdown", "github", "event", "text"])
def test_every_format_says_the_same(bundle: Path, name: str, tmp_path: Path) -> None:
    wanted = (output.Wanted(name, tmp_path / "long"),)
    others = rejudge.Others()
    code = regate.gate(bundle, others, out=None, wanted=wanted, environment={}, now=NOW)
    with contextlib.redirect_stdout(io.StringIO()):
        assert answer(["gate", str(bundle), "--format", f"{name}={tmp_path / 'short'}"]) == code
    first, second = (_lines(tmp_path / one, name) for one in ("long", "short"))
    assert first == second


def _lines(path: Path, name: str) -> list[str]:
    """Leave out the note that not all are listed: here all are."""
    lines = path.read_text().splitlines()
    if name in ("text", "markdown"):
        return [one for one in lines if "are listed" not in one]
    return [
        one for one in lines if "more in the summary" not in one and "findings in the" not in one
    ]
