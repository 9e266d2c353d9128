"""Files that people name are read to a bound, and a pipe that nobody answers holds nothing up."""

import errno
import os
import threading
from pathlib import Path

import pytest

from pipeline.toolchain.reading import read_some, write_text


def test_a_file_is_read_one_byte_over_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_some(file, 9) == b"12345"
    assert read_some(file, 3) == b"1234"
    assert len(read_some(Path("/dev/zero"), 100)) == 101


def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_some(tmp_path / "pipe", 9) == b""


def test_a_pipe_that_somebody_writes_to_is_read_to_its_end(tmp_path: Path) -> None:
    reads, writes = os.pipe()

    def later() -> None:
        os.write(writes, b"a key")
        os.close(writes)

    timer = threading.Timer(0.05, later)
    timer.start()
    assert read_some(Path(f"/dev/fd/{reads}"), 99) == b"a key"
    timer.join()
    os.close(reads)


def test_a_pipe_that_nobody_reads_is_refused_and_another_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device") as told:
        write_text(pipe, "text")
    assert told.value.errno == errno.ENXIO
    reads = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "text")
    assert os.read(reads, 99) == b"text"
    os.close(reads)


def test_a_file_is_written_over_and_a_folder_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("longer than what comes")
    write_text(file, "short")
    assert file.read_text() == "short"
    assert file.stat().st_mode & 0o111 == 0
    for use in (lambda: read_some(tmp_path, 9), lambda: write_text(tmp_path, "")):
        with pytest.raises(IsADirectoryError):
            use()
