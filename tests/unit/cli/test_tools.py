import json
from pathlib import Path

import msgspec
import pytest

from pipeline.cli.app import answer
from pipeline.cli.terminal.wrapping import WIDTH
from pipeline.model.denied import DeniedTool
from pipeline.toolchain import lock as locks
from tests.support import toolbox

NAMES = ["semgrep", "pip-audit", "cyclonedx-bom", "zizmor", "trivy"]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENSTOCK_TOOLS", str(tmp_path))
    return tmp_path


@pytest.fixture
def fake(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    locked = root / "locked"
    locked.mkdir()
    (locked / "fake.txt").write_text("fake-tool==1.0")
    monkeypatch.setattr("pipeline.resources.requirements", lambda: locked)
    known = toolbox.lock()
    monkeypatch.setattr(locks, "read", lambda: known)
    return toolbox.place(root, known)


def test_the_list_shows_every_tool_of_the_lock(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["tools", "list"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown[1:6]] == NAMES
    assert all(" missing " in line for line in shown[1:6])
    assert shown[6] == f"in {root}"


def test_the_list_says_of_which_day_each_is_what_it_is_made_from_and_what_never_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lock = locks.read()
    assert answer(["tools", "list"]) == 0
    told = capsys.readouterr().out
    for name, tool in lock.tools.items():
        (line,) = [line for line in told.splitlines() if line.startswith(f"{name} ")]
        assert f"{tool.version}  " in line
        assert f"{tool.released}  {locks.origin(tool)}  " in line
    assert "never: trivy 0.69.4/0.69.5/0.69.6" in told
    assert "penstock doctor" in told


@pytest.mark.parametrize("words", [("tools", "list"), ("tools", "verify"), ("feeds", "status")])
def test_no_table_is_wider_than_the_terminals_of_most(
    words: tuple[str, str], root: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PENSTOCK_CACHE", str(root))
    answer(list(words))
    wide = [line for line in capsys.readouterr().out.splitlines() if len(line) > WIDTH]
    assert [line for line in wide if len(line.split()) > 1] == []


def test_a_denied_release_says_why_and_who_says_so(
    fake: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(iter(locks.read().tools))
    entry = DeniedTool(tool=name, versions=("1.0",), reason="stolen key", source="GHSA-x")
    known = msgspec.structs.replace(locks.read(), denied=(entry,))
    monkeypatch.setattr(locks, "read", lambda: known)
    assert answer(["tools", "list"]) == 0
    told = capsys.readouterr().out
    assert " denied " in told
    assert "must not run: stolen key" in told
    assert "help: GHSA-x" in told
    assert answer(["tools", "verify"]) == 3


def test_the_list_for_programs_has_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["tools", "list", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "penstock/tools@1"
    assert [tool["name"] for tool in document["tools"]] == NAMES
    assert set(document["tools"][0]) >= {"name", "version", "sha256", "path", "state"}


def test_what_is_missing_does_not_verify_and_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert answer(["tools", "verify", "zizmor"]) == 3
    shown = capsys.readouterr().out
    assert "tool_missing" in shown
    assert "penstock tools install" in shown


def test_what_is_intact_verifies_until_a_byte_is_altered(
    fake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["tools", "verify"]) == 0
    assert " verified " in capsys.readouterr().out
    (fake / toolbox.SITE / "fake.py").write_bytes(b"VALUE = 2\n")
    assert answer(["tools", "verify", "--format", "json"]) == 3
    (tool,) = json.loads(capsys.readouterr().out)["tools"]
    assert tool["state"] == "digest_mismatch"
    assert "fake.py" in tool["message"]


def test_what_is_intact_is_not_installed_again(
    fake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["tools", "install", "--progress", "plain"]) == 0
    spoken = capsys.readouterr()
    assert f"in {fake.parent}\n" in spoken.out
    assert not spoken.err


@pytest.mark.parametrize(
    "words",
    [
        ["tools", "verify", "trivi"],
        ["tools", "install", "trivi"],
        ["tools", "list", "--format", "jsn"],
        ["tools", "install", "--progress", "loud"],
        ["tools", "instal"],
    ],
)
def test_a_word_that_is_none_is_the_users_mistake(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(words) == 2
    spoken = capsys.readouterr()
    assert not spoken.out
    assert words[-1] in spoken.err
