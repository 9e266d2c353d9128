import errno
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline import resources
from pipeline.errors import UsageError
from pipeline.model.artifact import Tool, sha256_file
from pipeline.model.denied import DeniedTool
from pipeline.model.gap import GapReason, ToolError
from pipeline.toolchain import lock as locks
from pipeline.toolchain import note, tree
from pipeline.toolchain.locate import State, default_root, installed, locate
from tests.support import toolbox

DENIED = DeniedTool(
    tool=toolbox.NAME, versions=("1.0",), reason="it was malicious", source="GHSA-1"
)


@pytest.fixture(autouse=True)
def locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "fake.txt").write_text("fake-tool==1.0")
    monkeypatch.setattr(resources, "requirements", lambda: tmp_path / "locked")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "tools"


def find(
    root: Path, *, lock: locks.Lock | None = None, override: Path | None = None
) -> Tool | ToolError:
    named = {} if override is None else {toolbox.NAME: override}
    known = lock or toolbox.lock()
    return locate([toolbox.NAME], root=root, overrides=named, lock=known)[toolbox.NAME]


def refusal(found: Tool | ToolError) -> ToolError:
    assert isinstance(found, ToolError), found
    return found


def test_an_intact_tool_is_found_with_the_digest_that_was_noted(root: Path) -> None:
    folder = toolbox.place(root, toolbox.lock())
    noted = note.read(folder)
    assert noted is not None
    assert find(root) == Tool(
        name=toolbox.NAME,
        version="1.0",
        path=str(folder / "bin" / "fake"),
        sha256=noted.sha256,
        locked=True,
        released="2026-01-02",
    )


def alter(folder: Path) -> None:
    path = folder / "lib/python3.11/site-packages/fake.py"
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))


def alter_large(folder: Path) -> None:
    with (folder / "lib/python3.11/site-packages/large.bin").open("r+b") as file:
        file.seek(2 << 20)
        file.write(b"\x01")


def add_pth(folder: Path) -> None:
    (folder / "lib/python3.11/site-packages/evil.pth").write_text("import os")


def add_hidden(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / ".hidden/sitecustomize.py").write_text("")


def remove(folder: Path) -> None:
    (folder / "lib/python3.11/site-packages/empty.py").unlink()


def truncate(folder: Path) -> None:
    (folder / "lib/python3.11/site-packages/large.bin").write_bytes(b"")


def link_out(folder: Path) -> None:
    (folder / "lib/more").symlink_to("/etc")


def swap_for_link(folder: Path) -> None:
    path = folder / "lib/python3.11/site-packages/fake.py"
    copy = folder.parent / "copy.py"
    path.rename(copy)
    path.symlink_to(copy)


def turn_link(folder: Path) -> None:
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to("/bin/true")


def add_pipe(folder: Path) -> None:
    os.mkfifo(folder / "lib/pipe")


def lose_note(folder: Path) -> None:
    (folder / note.FILE).unlink()


def break_note(folder: Path) -> None:
    (folder / note.FILE).write_text("{}")


def nest_note(folder: Path) -> None:
    (folder / note.FILE).write_text("[" * 100_000)


def foreign_note(folder: Path) -> None:
    renote(folder, name="other")


def older_note(folder: Path) -> None:
    renote(folder, made_from="0" * 64)


def half_blessed(folder: Path) -> None:
    alter(folder)
    noted = note.read(folder)
    assert noted is not None
    digest = sha256_file(folder / "lib/python3.11/site-packages/fake.py").removeprefix("sha256:")
    renote(folder, files={**noted.files, "lib/python3.11/site-packages/fake.py": digest})


def program_elsewhere(folder: Path) -> None:
    renote(folder, program="../../../bin/sh")


def renote(folder: Path, **changes: object) -> None:
    noted = note.read(folder)
    assert noted is not None
    changed = msgspec.structs.replace(noted, **changes)
    (folder / note.FILE).write_bytes(msgspec.json.encode(changed))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (alter, "changed: 'lib/python3.11/site-packages/fake.py'"),
        (alter_large, "changed: 'lib/python3.11/site-packages/large.bin'"),
        (add_pth, "added: 'lib/python3.11/site-packages/evil.pth'"),
        (add_hidden, "added: '.hidden/sitecustomize.py'"),
        (remove, "missing: 'lib/python3.11/site-packages/empty.py'"),
        (truncate, "changed: 'lib/python3.11/site-packages/large.bin'"),
        (link_out, "added: 'lib/more'"),
        (swap_for_link, "changed: 'lib/python3.11/site-packages/fake.py'"),
        (turn_link, "changed: 'bin/python'"),
        (add_pipe, "added: 'lib/pipe'"),
        (lose_note, "cannot be read"),
        (break_note, "cannot be read"),
        (nest_note, "cannot be read"),
        (foreign_note, "another tool"),
        (older_note, "another tool"),
        (half_blessed, "does not add up"),
        (program_elsewhere, "does not list its own program"),
    ],
)
def test_a_tool_that_is_not_as_installed_is_refused(
    root: Path, change: Callable[[Path], None], said: str
) -> None:
    change(toolbox.place(root, toolbox.lock()))
    error = refusal(find(root))
    assert error.reason is GapReason.DIGEST_MISMATCH
    assert said in error.message
    assert "penstock tools install" in error.hint


def test_many_differences_are_counted_and_odd_names_are_shown_by_their_escapes(root: Path) -> None:
    folder = toolbox.place(root, toolbox.lock())
    for number in range(9):
        (folder / f"\x1b[31m{number}").write_text("")
    error = refusal(find(root))
    assert "and 6 more" in error.message
    assert "\x1b" not in error.message


def test_a_tool_that_is_not_installed_is_missing(root: Path) -> None:
    error = refusal(find(root))
    assert error.reason is GapReason.TOOL_MISSING
    assert "penstock tools install" in error.hint


def test_a_tool_of_another_version_does_not_count(root: Path) -> None:
    toolbox.place(root, toolbox.lock(version="0.9"))
    assert refusal(find(root)).reason is GapReason.TOOL_MISSING


def test_a_removed_program_is_missing_and_one_without_permission_has_failed(root: Path) -> None:
    program = toolbox.place(root, toolbox.lock()) / "bin" / "fake"
    program.chmod(0o644)
    denied = refusal(find(root))
    assert denied.reason is GapReason.TOOL_FAILED
    assert "not executable" in denied.message
    program.unlink()
    assert refusal(find(root)).reason is GapReason.TOOL_MISSING


@pytest.mark.parametrize("what", ["look", "finish"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EMFILE, GapReason.TOOL_FAILED), (errno.EACCES, GapReason.DIGEST_MISMATCH)],
)
def test_a_machine_without_descriptors_is_not_called_an_altered_tool(
    root: Path, monkeypatch: pytest.MonkeyPatch, what: str, number: int, reason: GapReason
) -> None:
    toolbox.place(root, toolbox.lock())

    def refuses(*_: object) -> None:
        raise OSError(number, os.strerror(number), "bin")

    monkeypatch.setattr(tree, what, refuses)
    found = refusal(find(root))
    assert found.reason is reason
    assert ("install" in found.hint) == (reason is GapReason.DIGEST_MISMATCH)
    assert f"bin: {os.strerror(number)}" in found.message


def test_a_link_in_the_place_of_an_installation_is_no_installation(root: Path) -> None:
    folder = toolbox.place(root, toolbox.lock())
    folder.rename(root / "moved")
    folder.symlink_to(root / "moved")
    assert refusal(find(root)).reason is GapReason.TOOL_MISSING


def test_a_tool_whose_python_has_gone_is_missing_and_the_reason_is_said(
    tmp_path: Path, root: Path
) -> None:
    known = toolbox.lock()
    folder = toolbox.place(root, known)
    python = tmp_path / "python3"
    python.write_text("")
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to(python)
    note.write(
        folder,
        name=toolbox.NAME,
        version="1.0",
        made_from=locks.made_from(toolbox.NAME, known.tool(toolbox.NAME)),
        program="bin/fake",
    )
    assert isinstance(find(root), Tool)
    python.unlink()
    error = refusal(find(root))
    assert error.reason is GapReason.TOOL_MISSING
    assert str(python) in error.message


def test_a_denied_version_is_refused_though_it_is_intact(root: Path) -> None:
    known = toolbox.lock(denied=(DENIED,))
    toolbox.place(root, known)
    error = refusal(find(root, lock=known))
    assert error.reason is GapReason.TOOL_DENIED
    assert "malicious" in error.message
    assert "GHSA-1" in error.hint
    assert [one.state for one in installed(root, lock=known)] == [State.DENIED]


def test_a_tool_that_brings_a_denied_package_is_refused_and_the_package_is_named(
    tmp_path: Path, root: Path
) -> None:
    (tmp_path / "locked" / "fake.txt").write_text("fake-tool==1.0 \\\n    --hash=x\nevil==2.0 \\\n")
    evil = msgspec.structs.replace(DENIED, tool="evil", versions=("2.0",))
    known = toolbox.lock(denied=(evil,))
    toolbox.place(root, known)
    error = refusal(find(root, lock=known))
    assert error.reason is GapReason.TOOL_DENIED
    assert "it brings evil" in error.message
    other = toolbox.lock(denied=(msgspec.structs.replace(evil, versions=("2.1",)),))
    assert isinstance(find(root, lock=other), Tool)


def test_an_override_is_taken_as_it_is_and_is_not_locked(tmp_path: Path, root: Path) -> None:
    program = tmp_path / "own"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find(root, override=program) == Tool(
        name=toolbox.NAME,
        version="unknown",
        path=str(program),
        sha256=sha256_file(program),
        locked=False,
    )


def test_an_override_that_is_no_program_is_an_error(tmp_path: Path, root: Path) -> None:
    assert refusal(find(root, override=tmp_path / "gone")).reason is GapReason.TOOL_MISSING
    assert refusal(find(root, override=tmp_path)).reason is GapReason.TOOL_FAILED
    plain = tmp_path / "plain"
    plain.write_text("")
    assert refusal(find(root, override=plain)).reason is GapReason.TOOL_FAILED


def test_one_broken_tool_does_not_hide_another(root: Path) -> None:
    one = toolbox.lock()
    both = msgspec.structs.replace(one, tools={**one.tools, "second-tool": one.tool(toolbox.NAME)})
    toolbox.place(root, one)
    found = locate(["second-tool", toolbox.NAME], root=root, overrides={}, lock=both)
    assert isinstance(found[toolbox.NAME], Tool)
    assert isinstance(found["second-tool"], ToolError)


def test_a_name_that_is_not_in_the_lock_is_a_mistake(root: Path) -> None:
    with pytest.raises(UsageError, match="sememgrep"):
        locate(["sememgrep"], root=root, overrides={}, lock=toolbox.lock())


def test_the_listing_tells_installed_from_missing_and_from_broken(root: Path) -> None:
    known = toolbox.lock()
    assert [one.state for one in installed(root, lock=known)] == [State.MISSING]
    folder = toolbox.place(root, known)
    (listed,) = installed(root, lock=known)
    assert (listed.state, listed.path) == (State.INSTALLED, str(folder / "bin/fake"))
    assert listed.sha256.startswith("sha256:")
    lose_note(folder)
    assert [one.state for one in installed(root, lock=known)] == [State.BROKEN]


def test_the_root_is_what_the_environment_names_or_lies_in_the_users_cache(
    tmp_path: Path,
) -> None:
    assert default_root({"PENSTOCK_TOOLS": str(tmp_path)}) == tmp_path
    assert default_root({"PENSTOCK_TOOLS": "relative"}) == Path.cwd() / "relative"
    assert default_root({}).parts[-2:] == ("penstock", "tools")
