"""What lies in an environment is held against its RECORD files, and not against the note alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.model.artifact import Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.toolchain.locate import locate
from tests.support import toolbox

SITE = toolbox.SITE
RECORD = f"{SITE}/fake_tool-1.0.dist-info/RECORD"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "fake.txt").write_text("fake-tool==1.0")
    monkeypatch.setattr(resources, "requirements", lambda: tmp_path / "locked")
    return toolbox.place(tmp_path / "tools", toolbox.lock())


def found(folder: Path) -> Tool | ToolError:
    known = toolbox.lock()
    return locate([toolbox.NAME], root=folder.parent, overrides={}, lock=known)[toolbox.NAME]


def altered(folder: Path) -> None:
    (folder / SITE / "fake.py").write_text("VALUE = 2\n")


def extra(folder: Path) -> None:
    (folder / SITE / "json.py").write_text("import evil")


def extra_with_code(folder: Path) -> None:
    toolbox.put(folder / SITE / "__pycache__/evil.cpython-311.pyc", b"evil")


def old_code(folder: Path) -> None:
    toolbox.put(folder / SITE / "evil.pyc", b"evil")


def pth(folder: Path) -> None:
    (folder / SITE / "evil.pth").write_text("import os")


def listed_pth(folder: Path) -> None:
    pth(folder)
    with (folder / RECORD).open("a") as stream:
        stream.write(f"evil.pth,sha256={toolbox.hashed(b'import os')},9\n")


def sitecustomize(folder: Path) -> None:
    (folder / SITE / "sitecustomize.py").write_text("import os")


def usercustomize(folder: Path) -> None:
    toolbox.put(folder / SITE / "usercustomize/__init__.py", b"import os")


def egg_link(folder: Path) -> None:
    (folder / SITE / "fake.egg-link").write_text("/tmp")


def link(folder: Path) -> None:
    (folder / SITE / "evil.py").symlink_to("/etc/passwd")


def swapped(folder: Path) -> None:
    (folder / SITE / "fake.py").unlink()
    (folder / SITE / "fake.py").symlink_to("large.bin")


def missing(folder: Path) -> None:
    (folder / SITE / "empty.py").unlink()


def second_program(folder: Path) -> None:
    (folder / "bin/curl").write_text("#!/bin/sh\n")


def outside(folder: Path) -> None:
    (folder / "evil.so").write_text("")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "lib/pipe")


def setuid(folder: Path) -> None:
    (folder / SITE / "large.bin").chmod(0o4755)


def setgid(folder: Path) -> None:
    (folder / "bin" / toolbox.PROGRAM).chmod(0o2755)


def unhashed(folder: Path) -> None:
    altered(folder)
    text = (folder / RECORD).read_text().splitlines(keepends=True)
    kept = [line if not line.startswith("fake.py,") else "fake.py,,\n" for line in text]
    (folder / RECORD).write_text("".join(kept))


def other_digest(folder: Path) -> None:
    text = (folder / RECORD).read_text()
    (folder / RECORD).write_text(text.replace("fake.py,sha256=", "fake.py,md5="))


def no_record(folder: Path) -> None:
    (folder / RECORD).unlink()


def broken_record(folder: Path) -> None:
    (folder / RECORD).write_text("fake.py\n")


def binary_record(folder: Path) -> None:
    (folder / RECORD).write_bytes(b"\xff\xfe,\0,\n")


CHANGES = [
    (altered, "fake.py' is not what its RECORD says"),
    (extra, "json.py' is in no RECORD"),
    (extra_with_code, "evil.cpython-311.pyc' is in no RECORD"),
    (old_code, "evil.pyc' is in no RECORD"),
    (pth, "evil.pth' would run whenever its Python starts"),
    (listed_pth, "evil.pth' would run whenever its Python starts"),
    (sitecustomize, "sitecustomize.py' would run whenever its Python starts"),
    (usercustomize, "would run whenever its Python starts"),
    (egg_link, "fake.egg-link' would run whenever its Python starts"),
    (link, "evil.py' is in no RECORD"),
    (swapped, "fake.py' is not what its RECORD says"),
    (missing, "empty.py' is missing"),
    (second_program, "'bin/curl' is in no RECORD"),
    (outside, "'evil.so' is in no RECORD"),
    (pipe, "neither a file nor a link"),
    (setuid, "a file that runs with the rights of its owner or group"),
    (setgid, "a file that runs with the rights of its owner or group"),
    (unhashed, "fake.py' is not what its RECORD says"),
    (other_digest, "fake.py' is not what its RECORD says"),
    (no_record, "fake.py' is in no RECORD"),
    (broken_record, "is no RECORD"),
    (binary_record, "cannot be read"),
]


def test_an_environment_as_it_was_installed_is_found(folder: Path) -> None:
    assert isinstance(found(folder), Tool)


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_change_is_seen_though_the_note_was_written_anew(
    folder: Path, change: Callable[[Path], None], said: str
) -> None:
    change(folder)
    toolbox.bless(folder, toolbox.lock())
    error = found(folder)
    assert isinstance(error, ToolError)
    assert error.reason is GapReason.DIGEST_MISMATCH
    assert said in error.message


@pytest.mark.parametrize("change", [change for change, _ in CHANGES])
def test_the_same_change_is_seen_by_the_note_alone(
    folder: Path, change: Callable[[Path], None]
) -> None:
    change(folder)
    error = found(folder)
    assert isinstance(error, ToolError)
    assert error.reason is GapReason.DIGEST_MISMATCH


def test_a_file_that_was_altered_together_with_its_record_is_seen_by_the_note(
    folder: Path,
) -> None:
    altered(folder)
    before, after = toolbox.hashed(b"VALUE = 1\n"), toolbox.hashed(b"VALUE = 2\n")
    text = (folder / RECORD).read_text()
    assert before in text
    (folder / RECORD).write_text(text.replace(before, after))
    error = found(folder)
    assert isinstance(error, ToolError)
    assert "changed: " in error.message
    assert "RECORD" in error.message


def test_another_interpreter_is_seen(folder: Path) -> None:
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to("/bin/true")
    error = found(folder)
    assert isinstance(error, ToolError)
    assert "changed: 'bin/python'" in error.message


def test_many_faults_are_counted(folder: Path) -> None:
    for number in range(9):
        (folder / SITE / f"evil{number}.py").write_text("")
    toolbox.bless(folder, toolbox.lock())
    error = found(folder)
    assert isinstance(error, ToolError)
    assert "and 6 more" in error.message


def test_packages_deeper_down_may_be_called_as_they_like(folder: Path) -> None:
    """Python runs a sitecustomize or .pth only where it looks for packages."""
    data = b"VALUE = 3\n"
    toolbox.put(folder / SITE / "fake_pkg/sitecustomize.py", data)
    with (folder / RECORD).open("a") as stream:
        stream.write(f"fake_pkg/sitecustomize.py,sha256={toolbox.hashed(data)},{len(data)}\n")
    toolbox.bless(folder, toolbox.lock())
    assert isinstance(found(folder), Tool)
