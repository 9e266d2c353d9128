"""What a running tool is at, by the last line that it wrote."""

import threading
from pathlib import Path

import pytest

from pipeline.runner.pulse import Pulse, last_line


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        (b"", ""),
        (b"\n\n", ""),
        (b"one\ntwo\n\n", "two"),
        (b"half of a li", "half of a li"),
        (b"\x1b[31mred\r\n", "\\x1b[31mred"),
        (b"::error::x\xff\n", "::error::x\\xff"),
        (b"x" * 5000, "x" * 200),
    ],
)
def test_the_last_line_is_escaped_and_short(stderr: bytes, line: str) -> None:
    assert last_line(stderr) == line


def test_a_line_is_told_when_it_changes_and_while_the_process_runs(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    heard = threading.Semaphore(0)

    def tell(label: str, line: str) -> None:
        told.append((label, line))
        heard.release()

    stderr = tmp_path / "stderr"
    with Pulse(tell, every=0.01) as pulse:
        pulse.begin("source", stderr)
        for line in ("reading", "matching"):
            stderr.write_text(f"{line}\n")
            assert heard.acquire(timeout=10)
        pulse.end("source")
        stderr.write_text("over\n")
        assert not heard.acquire(timeout=0.1)
    assert told == [("source", "reading"), ("source", "matching")]


def test_a_look_that_there_is_no_memory_for_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", crashed.append)
    tries: list[str] = []
    heard = threading.Event()

    def tell(label: str, line: str) -> None:
        tries.append(f"{label}: {line}")
        if len(tries) == 1:
            raise MemoryError
        heard.set()

    stderr = tmp_path / "stderr"
    stderr.write_text("reading\n")
    with Pulse(tell, every=0.01) as pulse:
        pulse.begin("source", stderr)
        assert heard.wait(10)
    assert tries == ["source: reading"] * 2
    assert crashed == []
