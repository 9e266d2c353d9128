import codecs
import hashlib
import os
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.inventory import copy
from pipeline.inventory.copy import Copied, Copier
from pipeline.model.gap import GapReason
from pipeline.model.inventory import SourceFile, Suppression, Unread
from tests.unit.inventory.conftest import Lay


def copied(lay: Lay, tmp_path: Path, name: str, content: str | bytes) -> Copied | Unread:
    return Copier(lay({name: content}), private(tmp_path)).copy(name)


def private(tmp_path: Path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir(exist_ok=True)
    return folder


def test_a_file_is_copied_with_its_markers_altered_and_hashed_as_it_was(
    lay: Lay, tmp_path: Path
) -> None:
    text = b"import os\nos.system(x)  # nosemgrep\n"
    found = copied(lay, tmp_path, "app/a.py", text)
    assert isinstance(found, Copied)
    assert found.file == SourceFile(
        path="app/a.py",
        size=len(text),
        language="python",
        binary=False,
        sha256=hashlib.sha256(text).hexdigest(),
    )
    assert found.suppressions == (Suppression(path="app/a.py", line=2, marker="nosemgrep"),)
    copy_of_it = (tmp_path / "private/app/a.py").read_bytes()
    assert copy_of_it != text
    assert len(copy_of_it) == len(text)


@pytest.mark.parametrize(
    ("name", "text", "mode"),
    [
        ("a.py", "#!/usr/bin/python\n", 0o600),
        ("a.txt", "words\n", 0o600),
        ("run", "#! make\n", 0o600),
        ("run", "#!/usr/bin/make -f\n", 0o700),
        ("run", "#!/usr/bin/python\n", 0o700),
    ],
)
def test_only_a_script_without_a_telling_name_may_be_run_since_semgrep_asks_for_that(
    lay: Lay, tmp_path: Path, name: str, text: str, mode: int
) -> None:
    root = lay({name: text})
    for before in (0o755, 0o644, 0o6755):
        (root / name).chmod(before)
        folder = private(tmp_path) / str(before)
        folder.mkdir()
        Copier(root, folder).copy(name)
        assert (folder / name).stat().st_mode & 0o7777 == mode


@pytest.mark.parametrize(
    ("content", "binary"),
    [
        (b"", False),
        (b"text\n", False),
        ("grün\n".encode(), False),
        ("grün\n".encode("latin-1"), True),
        (b"GIF89a\0\0", True),
        (b"x" * 9000 + b"\0", False),
        ("flask==1.0\n".encode("utf-16"), True),
    ],
)
def test_binary_is_what_holds_an_early_nul_or_is_no_utf_8(
    lay: Lay, tmp_path: Path, content: bytes, *, binary: bool
) -> None:
    found = copied(lay, tmp_path, "a.dat", content)
    assert isinstance(found, Copied)
    assert found.file.binary == binary


def test_a_file_larger_than_a_piece_is_copied_whole_with_its_lines_right(
    lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "PIECE", 64)
    lines = [f"line {number} nosemgrep" if number % 7 == 0 else "é" * 40 for number in range(50)]
    text = "\n".join(lines).encode()
    found = copied(lay, tmp_path, "big.py", text)
    assert isinstance(found, Copied)
    assert [one.line for one in found.suppressions] == [n + 1 for n in range(50) if n % 7 == 0]
    assert (tmp_path / "private/big.py").stat().st_size == len(text)
    assert found.file.sha256 == hashlib.sha256(text).hexdigest()
    assert not found.file.binary


def test_the_beginning_of_what_only_its_end_shows_to_be_binary_is_readable(
    lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "PIECE", 64)
    text = b"\x01x\naws=secret\n" + b"a\n" * 200 + b"\xff\n"
    found = copied(lay, tmp_path, "big.txt", text)
    assert isinstance(found, Copied)
    assert found.file.binary
    assert (tmp_path / "private/big.txt").read_bytes() == b" " + text[1:]


@pytest.mark.parametrize("name", ["run.pex", "run.so", "run.exe"])
def test_a_script_is_one_under_the_name_of_a_program_too(
    lay: Lay, tmp_path: Path, name: str
) -> None:
    found = copied(lay, tmp_path, name, b"#!/usr/bin/env python3\nimport os\n")
    assert isinstance(found, Copied)
    assert found.file.language == "python"


def test_one_line_longer_than_a_piece_is_read_whole(
    lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "PIECE", 16)
    found = copied(lay, tmp_path, "min.js", b"x" * 100 + b" nosemgrep " + b"y" * 100)
    assert isinstance(found, Copied)
    assert [one.line for one in found.suppressions] == [1]


def test_a_file_over_the_limit_is_not_read(
    lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "LARGEST", 3)
    found = copied(lay, tmp_path, "big.py", b"four")
    assert isinstance(found, Unread)
    assert (found.reason, found.language) == (GapReason.NOT_READ, "python")
    assert not (tmp_path / "private/big.py").exists()


def test_a_byte_order_mark_is_no_letter_of_a_name(lay: Lay, tmp_path: Path) -> None:
    """Of Python alone, in whose first name semgrep takes it for a letter."""
    text = codecs.BOM_UTF8 + b"eval(x)  # nosem\n"
    for name, kept in (("a.py", text[3:]), ("a.js", text)):
        found = copied(lay, tmp_path, name, text)
        assert isinstance(found, Copied)
        assert found.file.sha256 == hashlib.sha256(text).hexdigest()
        assert found.file.size == len(text)
        written = (tmp_path / "private" / name).read_bytes()
        assert written == kept.replace(b"nosem", b"nosxm")


def test_a_pointer_of_git_annex_is_a_gap_too(lay: Lay, tmp_path: Path) -> None:
    found = copied(lay, tmp_path, "a.py", "/annex/objects/SHA256E-s5--0.py\n")
    assert isinstance(found, Unread)
    assert (found.reason, found.language) == (GapReason.LFS_POINTER, "python")


def test_a_git_lfs_pointer_is_a_gap_with_its_language(lay: Lay, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    found = copied(lay, tmp_path, "model.py", pointer)
    assert isinstance(found, Unread)
    assert (found.reason, found.language) == (GapReason.LFS_POINTER, "python")


def test_a_fifo_is_no_file_and_holds_nobody_up(lay: Lay, tmp_path: Path) -> None:
    root = lay({})
    os.mkfifo(root / "pipe.py")
    found = Copier(root, private(tmp_path)).copy("pipe.py")
    assert isinstance(found, Unread)
    assert found.reason is GapReason.NOT_READ


def test_a_file_below_a_link_is_not_followed(lay: Lay, tmp_path: Path) -> None:
    root = lay({"real/a.py": "x = 1\n"})
    (root / "linked").symlink_to("real")
    found = Copier(root, private(tmp_path)).copy("linked/a.py")
    assert isinstance(found, Unread)
    assert found.reason is GapReason.LINK_OUTSIDE


def test_a_steering_file_is_copied_and_accounted_for_under_a_name_that_no_tool_reads(
    lay: Lay, tmp_path: Path
) -> None:
    found = copied(lay, tmp_path, "app/.semgrepignore", "*\n")
    assert isinstance(found, Copied)
    assert found.file.path == "app/\\x2esemgrepignore"
    assert [path.name for path in (tmp_path / "private/app").iterdir()] == ["\\x2esemgrepignore"]


def test_a_name_that_is_too_long_when_escaped_is_a_gap(lay: Lay, tmp_path: Path) -> None:
    found = copied(lay, tmp_path, "\n" * 100 + ".py", "x = 1\n")
    assert isinstance(found, Unread)
    assert "too long" in found.detail


def test_a_copy_that_cannot_be_written_ends_the_run_with_a_hint(lay: Lay, tmp_path: Path) -> None:
    root = lay({"a.py": "x = 1\n"})
    (private(tmp_path) / "a.py").write_text("somebody was here")
    with pytest.raises(PenstockError) as caught:
        Copier(root, private(tmp_path)).copy("a.py")
    assert "TMPDIR" in caught.value.hint
