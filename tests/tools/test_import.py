"""`penstock import` as a user runs it: from a file and from a pipe, few results and many."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.runner.gathered import FEW
from tests.support.command import PENSTOCK, Bundle, Ran, penstock
from tests.support.importing import result, sarif

pytestmark = pytest.mark.tools

STAGES: Final = ("pip-audit", "image", "config", "secrets", "packages", "workflows", "sbom")
GATE: Final = """apiVersion: penstock/v1
kind: GatePolicy
metadata: {name: elsewhere}
evidence:
  stages:
    semgrep: {required: always}
%s
  imports:
    - {stage: semgrep, tool: Look, max_age_hours: 24}
priorities:
  - {priority: P0, title: Critical, match: {severity: [critical]}}
rules:
  - {id: R-HIGH, title: Nothing high, match: {severity: [high]}, effect: fail}
  - {id: R-MEDIUM, title: Medium is told, match: {severity: [medium]}, effect: warn}
"""
AT: Final = ("--as-of", "2026-11-25T12:00:00Z", "--allow-past")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    others = "\n".join(f'    {name}: {{required: "no"}}' for name in STAGES)
    (tmp_path / "policies" / "gate.yaml").write_text(GATE % others, encoding="utf-8")
    return tmp_path


def run(place: Path, data: bytes, *more: str, target: str = "app/a.py") -> Ran:
    (place / "look.sarif").write_bytes(data)
    flags = ("--stage", "semgrep", "--out", "evidence", "--target", target)
    return penstock("import", "look.sarif", *flags, *AT, *more, cwd=place)


def test_a_whole_report_of_an_allowed_tool_passes_and_says_where_it_came_from(place: Path) -> None:
    ran = run(place, sarif())
    assert ran.code == 0, ran.out + ran.err
    assert "answered by a report of Look 1.2" in " ".join(ran.out.split())
    bundle = Bundle(place / "evidence")
    assert bundle.verdict["verdict"] == "PASS"
    assert bundle.json("run.json")["origin"] == "imported"
    (stage,) = bundle.json("coverage.json")["stages"]
    assert stage["origin"] == "imported"
    assert (stage["imported"]["tool"], stage["imported"]["version"]) == ("Look", "1.2")
    again = penstock("gate", "evidence", cwd=place)
    assert (again.code, again.err) == (0, "")


def test_what_was_not_listed_is_missed(place: Path) -> None:
    assert run(place, sarif(), target="app/b.py").code == 3


def test_the_default_policy_lets_no_report_answer(place: Path) -> None:
    (place / "policies" / "gate.yaml").unlink()
    (place / "policies").rmdir()
    assert run(place, sarif()).code == 3


def test_a_bundle_that_calls_reports_its_own_is_refused(place: Path) -> None:
    run(place, sarif())
    described = place / "evidence" / "run.json"
    own = described.read_text().replace('"origin": "imported"', '"origin": "own"')
    described.write_text(own)
    ran = penstock("gate", "evidence", cwd=place)
    assert ran.code == 3
    assert "imported" in ran.err


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", 3), (b"{}", 3), (sarif()[:-9], 3), (b"\x1f\x8b\x08", 3), (b"[" * 100_000, 3)],
)
def test_what_is_no_report_leaves_nothing(place: Path, data: bytes, code: int) -> None:
    ran = run(place, data)
    assert ran.code == code
    assert "look.sarif" in ran.err
    assert sorted(path.name for path in place.iterdir()) == ["look.sarif", "policies"]


@pytest.mark.parametrize(
    "more",
    [
        ("--tool", "Other"),
        ("--tool-version", "9"),
        ("--made", "2026-11-25T09:00:00Z"),
        ("--made", "today"),
    ],
)
def test_no_flag_overrules_what_the_report_says(place: Path, more: tuple[str, str]) -> None:
    ran = run(place, sarif(), *more)
    assert (ran.code, ran.out) == (2, "")
    assert not (place / "evidence").exists()


def test_what_nobody_says_is_asked_for(place: Path) -> None:
    silent = sarif({"invocations": [{"executionSuccessful": True}]})
    ran = run(place, silent)
    assert ran.code == 2
    assert "--made TIME" in ran.err
    assert run(place, silent, "--made", "2026-11-25T09:00:00Z").code == 0


def some(count: int) -> list[dict[str, Any]]:
    levels = ("note", "warning", "error")
    return [result(path=f"app/{n}.py", level=levels[n % 3]) for n in range(count)]


def piped(place: Path, data: bytes) -> subprocess.CompletedProcess[bytes]:
    flags = ("--stage", "semgrep", "--out", "evidence", "--target", "app/a.py", *AT)
    return subprocess.run(
        [PENSTOCK, "import", "-", *flags],
        cwd=place,
        input=data,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_a_pipe_says_the_same_as_a_file(place: Path) -> None:
    data = sarif({"results": some(10)})
    run(place, data)
    before = (place / "evidence" / "findings.ndjson").read_bytes()
    assert piped(place, data).returncode == 1
    assert (place / "evidence" / "findings.ndjson").read_bytes() == before


def test_many_results_are_judged_as_few_are(place: Path) -> None:
    ran = run(place, sarif({"results": some(FEW + 5)}))
    assert ran.code == 1
    assert f"Worst findings (10 of {FEW + 5})" in ran.out
    bundle = Bundle(place / "evidence")
    lines = (bundle.path / "findings.ndjson").read_bytes().splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert len(ids) == FEW + 5
    assert ids == sorted(set(ids))
    assert "the worst 5000 are listed" in (bundle.path / "summary.md").read_text()
    (code,) = bundle.json("report.sarif")["runs"]
    assert code["properties"]["penstock/resultsLeftOut"] == FEW + 5 - len(code["results"])
    again = penstock("gate", "evidence", "--format", "json", cwd=place)
    assert (again.code, again.err) == (1, "")
    assert not list(place.glob(".*"))


@pytest.mark.parametrize("name", ["look.sarif", "-"])
def test_a_disk_without_room_leaves_nothing(place: Path, name: str) -> None:
    (place / "look.sarif").write_bytes(sarif({"results": some(FEW + 5)}))
    shell = 'ulimit -f 1000; exec "$@" < look.sarif'
    flags = ("--stage", "semgrep", "--out", "evidence", "--target", "x")
    ran = penstock("import", name, *flags, *AT, cwd=place, prefix=("sh", "-c", shell, "sh"))
    assert ran.code == 3
    assert "free some space" in ran.err
    assert sorted(path.name for path in place.iterdir()) == ["look.sarif", "policies"]


@pytest.mark.slow
def test_a_bundle_of_very_many_is_judged_again_one_by_one(place: Path) -> None:
    run(place, sarif({"results": some(2 * FEW)}))
    evidence = place / "evidence"
    assert (evidence / "findings.ndjson").stat().st_size > 32 << 20
    (place / "there").mkdir()
    again = penstock("gate", "evidence", "--out", "there", cwd=place)
    assert (again.code, again.err) == (1, "")
    assert f"Worst findings (10 of {2 * FEW})" in again.out
    assert (place / "there/verdict.json").read_bytes() == (evidence / "verdict.json").read_bytes()
    other = penstock("gate", "evidence", "--env", "main", "--format", "json=all", cwd=place)
    assert other.code == 1
    listed = json.loads((place / "all").read_bytes())
    lines = (evidence / "findings.ndjson").read_bytes().splitlines()
    assert [one["id"] for one in listed["findings"]] == [json.loads(one)["id"] for one in lines]
    assert len(listed["verdict"]["breaches"]) > FEW // 2
    told = penstock("explain", "evidence", listed["findings"][9]["id"], cwd=place)
    assert (told.code, told.err) == (0, "")
    whole = json.loads(
        penstock("explain", "evidence", "--verdict", "--format", "json", cwd=place).out
    )
    assert (whole["plan"], sum(whole["severities"].values())) == (None, 2 * FEW)
    with (evidence / "findings.ndjson").open("ab") as stream:
        stream.write(b"{}")
    assert penstock("gate", "evidence", cwd=place).code == 3


def test_a_report_that_came_with_the_change_answers_nothing(place: Path) -> None:
    (place / "look.sarif").write_bytes(sarif())
    for words in (("init", "-q"), ("add", "look.sarif")):
        subprocess.run(["git", *words], cwd=place, check=True, timeout=60)
    ran = run(place, sarif())
    assert ran.code == 3
    (missing,) = Bundle(place / "evidence").verdict["unanswered"]
    assert (missing["reason"], missing["class"]) == ("policy_untrusted", "integrity")


def test_a_report_of_another_revision_answers_nothing(place: Path) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run(["git", *words], cwd=place, check=True, timeout=60)
    other = [{"repositoryUri": "https://example.com/shop", "revisionId": "a" * 40}]
    ran = run(place, sarif({"versionControlProvenance": other}))
    assert ran.code == 3
    (missing,) = Bundle(place / "evidence").verdict["unanswered"]
    assert missing["reason"] == "digest_mismatch"


def test_the_bundle_notes_what_was_typed(place: Path) -> None:
    silent = sarif({"invocations": [{"executionSuccessful": True}]})
    run(place, silent, "--made", "2026-11-25T09:00:00Z")
    (stage,) = Bundle(place / "evidence").json("coverage.json")["stages"]
    assert stage["imported"]["typed"] == ["made", "target"]


@pytest.mark.parametrize("file", [".", "absent.sarif"])
def test_what_cannot_be_opened_is_named(place: Path, file: str) -> None:
    flags = ("--stage", "semgrep", "--out", "evidence", "--target", "x")
    ran = penstock("import", file, *flags, *AT, cwd=place)
    assert ran.code == 2
    assert file in ran.err


def git(folder: Path, *arguments: str) -> None:
    who = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "protocol.file.allow=always",
    )
    subprocess.run(("git", *who, *arguments), cwd=folder, check=True, capture_output=True)


def brought(place: Path) -> tuple[str, ...]:
    """Return why an import of evidence that the change brings along has no answer."""
    verdict = Bundle(place / "evidence").verdict
    return tuple(one["reason"] for one in verdict["unanswered"])


@pytest.mark.parametrize("way", ["by name", "by a link", "from standard input", "of a submodule"])
def test_a_report_that_the_change_brings_along_answers_nothing(place: Path, way: str) -> None:
    git(place, "init", "-q")
    name, given = "tracked.sarif", os.devnull
    (place / name).write_bytes(sarif())
    if way == "by a link":
        elsewhere = place.parent / f"{place.name}-elsewhere.sarif"
        (place / name).rename(elsewhere)
        (place / name).symlink_to(elsewhere)
    if way == "of a submodule":
        inner = place / "reports"
        inner.mkdir()
        (place / name).rename(inner / name)
        git(inner, "init", "-q")
        git(inner, "add", ".")
        git(inner, "commit", "-qm", "one")
        name = f"reports/{name}"
    git(place, "add", ".")
    if way == "from standard input":
        given, name = str(place / name), "-"
    flags = ("--stage", "semgrep", "--out", "evidence", "--target", "app/a.py", *AT)
    with Path(given).open("rb") as stream:
        done = subprocess.run(
            (PENSTOCK, "import", name, *flags), cwd=place, stdin=stream, capture_output=True,
            text=True, check=False, env={**os.environ, "CI": ""},
        )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert "policy_untrusted" in brought(place)


def test_an_empty_name_is_told(place: Path) -> None:
    for nothing, told in (("", "is given nothing"), (" ", "names nothing")):
        ran = run(place, sarif(), target=nothing)
        assert ran.code == 2
        assert told in ran.err
    assert not (place / "evidence").exists()


def test_long_reports_with_one_finding_are_not_joined(place: Path) -> None:
    many = sarif({"results": [result(line=1 + n, level="note") for n in range(FEW + 1)]})
    (place / "again.sarif").write_bytes(many)
    flags = ("--stage", "semgrep", "--out", "evidence", "--target", "app/a.py", *AT)
    (place / "look.sarif").write_bytes(many)
    ran = penstock("import", "look.sarif", "again.sarif", *flags, cwd=place)
    assert ran.code == 3
    assert "a bundle of its own" in ran.err
    assert not (place / "evidence").exists()
