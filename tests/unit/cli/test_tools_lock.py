"""`penstock tools lock`: what it says, what it writes, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import resources
from pipeline.cli import tools_findings, tools_lock_view
from pipeline.cli.app import answer
from pipeline.cli.tools_findings import Difference, Found
from pipeline.model.severity import Severity
from pipeline.toolchain.locking import proposal as proposals
from pipeline.toolchain.locking.proposal import Change, Proposal
from pipeline.toolchain.locking.renew import Unreached
from pipeline.toolchain.locking.text import text
from tests.support import toolbox
from tests.support.judging import package

NOTHING = Proposal(files={}, tools=(), changes=(), unreached=())
CHANGE = Change(tool="fake-tool", what="version", before="1.0", after="1.1\x1b[31m")
SOME = Proposal(
    files={"tools/tools.lock": b"new"}, tools=("fake-tool",), changes=(CHANGE,), unreached=()
)
AWAY = Unreached(tool="fake-tool", what="newer releases", reason="the index is away\ntry later")
LOST = Proposal(files={}, tools=(), changes=(), unreached=(AWAY,))
DIFFERENCE = Difference(
    example="examples/shop",
    before="FAIL",
    after="INCONCLUSIVE",
    same=7,
    found=(
        Found(stage="semgrep", rule="x.y", where="app.py:3", before="", after="high"),
        Found(stage="semgrep", rule="x.z", where="app.py:4", before="low", after=""),
    ),
    unanswered=("semgrep: app.py: timeout",),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("tools", "requirements"):
        (tmp_path / name).mkdir()
    (tmp_path / "tools" / "tools.lock").write_text(text(toolbox.lock().tools))
    (tmp_path / "tools" / "denied.toml").write_text(
        'schema = "penstock/denied-tools@1"\ndenied = []\n'
    )
    return tmp_path


Locked = Callable[..., tuple[int, str]]


@pytest.fixture
def locked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Locked:
    def run(proposal: Proposal, *words: str) -> tuple[int, str]:
        monkeypatch.setattr(proposals, "propose", lambda *_: proposal)
        monkeypatch.setattr(tools_findings, "compare", lambda *_: DIFFERENCE)
        code = answer(["tools", "lock", "--folder", str(folder), *words])
        return code, capsys.readouterr().out

    return run


def held(folder: Path) -> bytes:
    return (folder / "tools/tools.lock").read_bytes()


def test_what_changes_is_shown_and_written(folder: Path, locked: Locked) -> None:
    code, shown = locked(SOME)
    assert code == 0
    assert held(folder) == b"new"
    assert shown.splitlines()[0].split() == ["TOOL", "WHAT", "BEFORE", "AFTER"]
    assert "written: tools/tools.lock" in shown
    assert "\x1b" not in shown


def test_a_check_writes_nothing_and_fails_where_the_lock_would_change(
    folder: Path, locked: Locked
) -> None:
    before = held(folder)
    code, shown = locked(SOME, "--check")
    assert (code, held(folder)) == (1, before)
    assert "would change: tools/tools.lock" in shown
    assert locked(NOTHING, "--check")[0] == 0


@pytest.mark.parametrize("words", [(), ("--check",), ("--update",)])
def test_what_could_not_be_asked_is_named_and_inconclusive(
    locked: Locked, words: tuple[str, ...]
) -> None:
    code, shown = locked(LOST, *words)
    assert code == 3
    assert "fake-tool: newer releases could not be asked: the index is away" in shown
    assert "    try later" in shown


def test_an_update_says_what_is_found_otherwise(folder: Path, locked: Locked) -> None:
    (folder / "examples/shop").mkdir(parents=True)
    code, shown = locked(SOME, "--update")
    assert code == 0
    lines = shown.splitlines()
    assert (
        "examples/shop: FAIL before, INCONCLUSIVE after; 7 findings are the same, 2 are not"
        in lines
    )
    assert "semgrep  x.y   app.py:3  -       high" in lines
    assert "semgrep  x.z   app.py:4  low     -" in lines
    assert "unanswered by the new tools alone: semgrep: app.py: timeout" in lines


def test_without_an_example_it_is_said_that_nothing_was_compared(locked: Locked) -> None:
    assert "Findings were not compared" in locked(SOME, "--update")[1]
    assert "Findings were not compared" not in locked(NOTHING, "--update")[1]


def test_the_document_for_programs_cuts_nothing_short(folder: Path, locked: Locked) -> None:
    code, shown = locked(SOME, "--update", "--example", str(folder), "--format", "json")
    document = json.loads(shown)
    assert code == 0
    assert document["schema"] == "penstock/tools-lock-change@1"
    assert document["written"] is True
    assert document["changes"][0]["after"] == CHANGE.after
    assert document["findings"]["found"][0]["rule"] == "x.y"
    assert document["files"] == ["tools/tools.lock"]


def test_an_installed_package_is_not_changed_but_may_be_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resources, "packed", lambda: True)
    monkeypatch.setattr(proposals, "propose", lambda *_: NOTHING)
    assert answer(["tools", "lock"]) == 2
    assert "--folder" in capsys.readouterr().err
    assert answer(["tools", "lock", "--check"]) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--format", "yaml"), 2),
        (("--example", "/nowhere", "--update"), 2),
        (("--cool-down", "-1"), 2),
        (("--cool-down", "soon"), 2),
    ],
)
def test_a_word_that_is_none_is_the_users_mistake_and_changes_nothing(
    folder: Path, locked: Locked, words: tuple[str, ...], code: int
) -> None:
    before = held(folder)
    assert locked(SOME, *words)[0] == code
    assert held(folder) == before


def test_a_folder_without_a_lock_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["tools", "lock", "--folder", str(tmp_path)]) == 3
    assert "tools.lock" in capsys.readouterr().err


def test_two_scans_differ_in_what_only_one_found_and_in_severities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone, new = (package(cve=f"CVE-2026-{number}") for number in (1, 2, 3))
    worse = package(cve="CVE-2026-4", severity=Severity.CRITICAL)
    milder = package(cve="CVE-2026-4", severity=Severity.LOW)

    def record(*findings: Any) -> SimpleNamespace:
        return SimpleNamespace(
            findings=findings, verdict=SimpleNamespace(verdict="FAIL", unanswered=())
        )

    scans = {"before": record(kept, gone, worse), "after": record(kept, new, milder)}
    monkeypatch.setattr(tools_findings, "_scan", lambda *words: scans[words[-1]])
    monkeypatch.setattr(tools_findings, "_copy", lambda *_: None)
    monkeypatch.setattr("pipeline.toolchain.lock.read", lambda _: toolbox.lock())
    shop: Any = SimpleNamespace(lock=toolbox.lock())
    found = tools_findings.compare(shop, SOME, tmp_path)
    assert found.same == 1
    assert [(one.rule, one.before, one.after) for one in found.found] == [
        ("CVE-2026-2", gone.severity.value, ""),
        ("CVE-2026-3", "", new.severity.value),
        ("CVE-2026-4", "critical", "low"),
    ]


def test_long_words_are_cut_in_tables_alone() -> None:
    change = Change(tool="t", what="sha256", before="", after="a" * 64)
    long = Proposal(files={}, tools=(), changes=(change,), unreached=())
    assert "a" * 64 not in tools_lock_view.as_text(long, None, written=True)
    assert "a" * 64 in tools_lock_view.as_json(long, None, written=True)
