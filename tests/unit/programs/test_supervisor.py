import ast
import sys
from pathlib import Path

import pytest

from pipeline import programs
from pipeline.programs import tree
from pipeline.programs.job import Job
from pipeline.programs.watch import Pulse

FOLDER = Path(programs.__file__).parent
SLOW = {"asyncio", "dataclasses", "enum", "json", "pathlib", "re", "signal", "socket", "typing"}


def job(tmp_path: Path, *, report: str = "") -> Job:
    out, err = str(tmp_path / "out"), str(tmp_path / "err")
    limits = ["9", "2", "1", "100", "1000", "4000", "5000"]
    lists = ["1", "/read", "1", "/write"]
    words = ["closed", "preferred", *limits, out, err, report, "/", *lists, "/bin/true", "-x"]
    return Job(words)


@pytest.mark.parametrize(
    "name",
    ["supervisor", "job", "kernel", "landlock", "sandbox", "seccomp", "tree", "view", "watch"],
)
def test_the_supervisor_needs_nothing_that_is_slow_or_not_in_the_standard_library(
    name: str,
) -> None:
    parsed = ast.parse((FOLDER / f"{name}.py").read_text())
    names = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(parsed)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    ours = {name for name in names if name.startswith("pipeline.programs")}
    assert names - ours <= {*sys.stdlib_module_names} - SLOW


def test_the_words_say_the_whole_job(tmp_path: Path) -> None:
    said = job(tmp_path)

    assert (said.walls.open, said.timeout, said.idle, said.grace) == (False, 9.0, 2.0, 1.0)
    assert (said.max_report, said.max_noise, said.cwd) == (100, 1000, "/")
    assert (said.walls.reads, said.writes) == (["/read"], ["/write"])
    assert said.argv == ["/bin/true", "-x"]


@pytest.mark.parametrize(
    ("sizes", "flooded"),
    [((100, 1000, 0), False), ((101, 0, 0), True), ((0, 1001, 0), True)],
)
def test_standard_output_is_capped_as_the_report(
    tmp_path: Path, *, sizes: tuple[int, int, int], flooded: bool
) -> None:
    assert job(tmp_path).flooded(sizes) is flooded


@pytest.mark.parametrize(
    ("sizes", "flooded"),
    [((1000, 1000, 100), False), ((1001, 0, 0), True), ((0, 0, 101), True)],
)
def test_standard_output_beside_a_report_is_noise(
    tmp_path: Path, *, sizes: tuple[int, int, int], flooded: bool
) -> None:
    assert job(tmp_path, report=str(tmp_path / "r")).flooded(sizes) is flooded


def test_sizes_are_those_of_the_files(tmp_path: Path) -> None:
    said = job(tmp_path, report=str(tmp_path / "r"))
    assert said.sizes() == (0, 0, 0)

    (tmp_path / "out").write_bytes(b"1")
    (tmp_path / "err").write_bytes(b"22")
    (tmp_path / "r").write_bytes(b"333")

    assert said.sizes() == (1, 2, 3)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds since the start, and CPU seconds used until now."""
    now = [0.0, 0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(tree, "cpu_seconds", lambda: now[1])
    return now


def test_silence_is_idle_only_once_it_lasted(clock: list[float]) -> None:
    pulse = Pulse(10)

    clock[0] = 10.0
    assert not pulse.stopped((0, 0, 0))
    clock[0] = 10.1
    assert pulse.stopped((0, 0, 0))


def test_output_counts_as_life(clock: list[float]) -> None:
    pulse = Pulse(10)

    clock[0] = 9.0
    assert not pulse.stopped((1, 0, 0))
    clock[0] = 18.0
    assert not pulse.stopped((1, 0, 0))
    clock[0] = 19.1
    assert pulse.stopped((1, 0, 0))


@pytest.mark.parametrize(("share", "idle"), [(0.0, True), (0.004, True), (0.02, False)])
def test_work_counts_as_life_and_polling_does_not(
    clock: list[float], *, share: float, idle: bool
) -> None:
    pulse = Pulse(10)
    stopped = False
    for second in range(1, 31):
        clock[:] = [float(second), second * share]
        stopped |= pulse.stopped((0, 0, 0))

    assert stopped is idle


class Crowd:
    """Takes signals, and says after each how many are left below."""

    def __init__(self, *left: int) -> None:
        self.left = [*left]
        self.sent: list[int] = []

    def shout(self, number: int) -> int:
        self.sent.append(number)
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]

    def reap(self) -> bool:
        return self.left[0] > 0


def test_what_cannot_be_killed_is_given_up_after_a_while_and_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = Crowd(1)
    sent = crowd.sent
    monkeypatch.setattr(tree, "_KILL_SECONDS", 0.02)
    monkeypatch.setattr(tree, "reap", crowd.reap)
    monkeypatch.setattr(tree, "shout", crowd.shout)
    assert not tree.end_all("exited", 0.0)
    assert set(sent) == {9}
    assert not tree.end_all("timeout", 0.0)
    assert sent[0] == 9
    assert 15 in sent, "it is asked first where it did not end by itself"


def test_what_has_gone_by_itself_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd(0)
    monkeypatch.setattr(tree, "reap", crowd.reap)
    monkeypatch.setattr(tree, "shout", crowd.shout)
    assert tree.end_all("exited", 0.0)
    assert crowd.sent == []


@pytest.mark.parametrize(
    "left",
    [
        pytest.param([*[3000] * 15, *[2000] * 15, *[1] * 15, 0], id="that dies slowly"),
        pytest.param([*[3000] * 19, 0], id="that is looked at rarely"),
    ],
)
def test_a_crowd_is_not_given_up(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], left: list[int]
) -> None:
    crowd = Crowd(*left)

    def shout(number: int) -> int:
        clock[0] += 5.0
        return crowd.shout(number)

    monkeypatch.setattr(tree, "reap", crowd.reap)
    monkeypatch.setattr(tree, "shout", shout)
    assert tree.end_all("processes", 0.0)
