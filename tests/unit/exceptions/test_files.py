"""A person's file is replaced whole, by who has seen it, or not at all."""

import errno
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PenstockError, UsageError
from pipeline.exceptions.files import (
    ChangedError,
    TakenError,
    create,
    folder,
    read,
    remove,
    replace,
)


def test_a_new_file_is_written_over_nothing(tmp_path: Path) -> None:
    path = tmp_path / "EX-1.yaml"
    create(path, b"one")
    with pytest.raises(TakenError):
        create(path, b"two")
    (tmp_path / "EX-2.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(TakenError):
        create(tmp_path / "EX-2.yaml", b"two")
    assert path.read_bytes() == b"one"
    assert not (tmp_path / "nowhere").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["EX-1.yaml", "EX-2.yaml"]


def test_of_many_who_want_one_name_one_gets_it(tmp_path: Path) -> None:
    path, won = tmp_path / "EX-1.yaml", []

    def want(number: int) -> None:
        try:
            create(path, f"{number}".encode() * 1000)
        except TakenError:
            return
        won.append(number)

    threads = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(won) == 1
    assert path.read_bytes() == f"{won[0]}".encode() * 1000


def test_without_hard_links_a_new_file_is_still_over_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    create(tmp_path / "a", b"one")
    with pytest.raises(TakenError):
        create(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"


def test_without_hard_links_a_full_disk_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            super().write(data[:1])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    def full(path: Path, mode: str) -> Full:
        return Full(path, mode)

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(PenstockError, match="No space left"):
        create(tmp_path / "a", b"one")
    assert list(tmp_path.iterdir()) == []


def test_what_changed_meanwhile_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"mine")
    path.chmod(0o640)
    with pytest.raises(ChangedError):
        replace(path, b"new", shown=b"old")
    with pytest.raises(ChangedError):
        remove(path, shown=b"old")
    assert path.read_bytes() == b"mine"
    replace(path, b"new", shown=b"mine")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    remove(path, shown=b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_neither_read_nor_written_through(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"x")
    link = tmp_path / "link"
    link.symlink_to(target)
    for attempt in (
        lambda: read(link),
        lambda: replace(link, b"y", shown=b"x"),
        lambda: remove(link, shown=b"x"),
    ):
        with pytest.raises(UsageError, match="is a link"):
            attempt()
    assert target.read_bytes() == b"x"
    (tmp_path / "there").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(UsageError, match="is a link"):
        folder(tmp_path / "there")


def test_a_pipe_or_a_folder_does_not_hold_the_reader_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(UsageError, match="no regular file"):
            read(path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    for path in (tmp_path / "a", tmp_path / "b/c"):
        with pytest.raises(UsageError, match="cannot be made"):
            folder(path)
