"""The token scheduler."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.runner.schedule import CONNECTIONS, Schedule, ranks
from pipeline.toolchain.command import Command, Cost


def command(
    label: str,
    *,
    cpu: float = 1.0,
    memory: int = 10,
    needs: tuple[str, ...] = (),
    seconds: float = 1.0,
    network: bool = False,
) -> Command:
    return Command(
        label=label,
        tool="t",
        argv=("/t",),
        cwd=Path("/"),
        env=(),
        answers=frozenset({0}),
        needs=needs,
        cost=Cost(cpu=cpu, memory_mb=memory, seconds=seconds),
        network=network,
    )


class Machine:
    """Runs nothing, and watches that the declared cost never exceeds the machine."""

    def __init__(self, cores: float, memory: int) -> None:
        self.cores, self.memory = cores, memory
        self.running: list[Command] = []
        self.order: list[str] = []
        self.too_much = False
        self.lock = threading.Lock()

    def start(self, one: Command) -> str:
        with self.lock:
            self.running.append(one)
            self.order.append(one.label)
            if len(self.running) > 1:
                cpu = sum(c.cost.cpu for c in self.running)
                memory = sum(c.cost.memory_mb for c in self.running)
                self.too_much |= cpu > self.cores or memory > self.memory
        threading.Event().wait(0.001)
        with self.lock:
            self.running.remove(one)
        return f"ran {one.label}"


commands = st.lists(
    st.tuples(st.sampled_from([0.25, 1.0, 2.0, 9.0]), st.integers(1, 50), st.integers(0, 3)),
    max_size=8,
)


@settings(deadline=None, max_examples=30)
@given(commands)
def test_everything_runs_once_after_its_needs_and_never_over_the_limits(
    drawn: list[tuple[float, int, int]],
) -> None:
    table = {
        f"c{n}": command(
            f"c{n}",
            cpu=cpu,
            memory=memory,
            needs=tuple(f"c{m}" for m in range(max(0, n - back), n)),
        )
        for n, (cpu, memory, back) in enumerate(drawn)
    }
    machine = Machine(2.0, 60)
    ended = Schedule[str](table, cores=2.0, memory_mb=60).run(
        machine.start, refuse=lambda c, n: f"refused {c.label} for {n}", good=lambda _: True
    )
    assert list(ended) == list(table)
    assert sorted(machine.order) == sorted(table)
    assert not machine.too_much
    for one in table.values():
        for need in one.needs:
            assert machine.order.index(need) < machine.order.index(one.label)


def test_a_command_whose_need_failed_is_refused_and_never_started() -> None:
    table = {"a": command("a"), "b": command("b", needs=("a",)), "c": command("c", needs=("b",))}
    machine = Machine(2.0, 60)
    ended = Schedule[str](table, cores=2.0, memory_mb=60).run(
        machine.start,
        refuse=lambda c, n: f"refused {c.label} for {n}",
        good=lambda e: not e.startswith(("ran a", "refused")),
    )
    assert machine.order == ["a"]
    assert ended == {"a": "ran a", "b": "refused b for a", "c": "refused c for b"}


def test_a_defect_of_ours_is_raised_and_not_lost_in_a_thread() -> None:
    def broken(_: Command) -> str:
        raise KeyError("ours")

    schedule = Schedule[str](
        {"a": command("a"), "b": command("b", needs=("a",))}, cores=1, memory_mb=9
    )
    with pytest.raises(KeyError, match="ours"):
        schedule.run(broken, refuse=lambda c, n: "refused", good=lambda _: True)


def test_what_much_waits_for_is_long() -> None:
    table = {
        "long": command("long", seconds=5.0),
        "first": command("first", seconds=2.0),
        "next": command("next", seconds=3.0, needs=("first",)),
        "last": command("last", seconds=1.0, needs=("next", "long")),
    }
    assert ranks(table, {}) == {"long": 6.0, "first": 6.0, "next": 4.0, "last": 1.0}
    assert ranks(table, {"first": 20.0, "gone": 9.0})["first"] == 24.0


def test_the_longest_is_started_first_by_what_it_took_the_last_time() -> None:
    table = {name: command(name, seconds=guess) for name, guess in (("a", 9.0), ("b", 1.0))}
    machine = Machine(1.0, 60)
    Schedule[str](table, cores=1.0, memory_mb=60, seconds={"a": 1.0, "b": 4.0}).run(
        machine.start, refuse=lambda c, n: "", good=lambda _: True
    )
    assert machine.order == ["b", "a"]


def test_few_are_on_the_network_at_one_time() -> None:
    table = {f"c{n}": command(f"c{n}", cpu=0.1, network=True) for n in range(6)}
    most = 0
    running: list[str] = []
    lock = threading.Lock()

    def start(one: Command) -> str:
        nonlocal most
        with lock:
            running.append(one.label)
            most = max(most, len(running))
        threading.Event().wait(0.01)
        with lock:
            running.remove(one.label)
        return ""

    Schedule[str](table, cores=9.0, memory_mb=999).run(
        start, refuse=lambda c, n: "", good=lambda _: True
    )
    assert most == CONNECTIONS
