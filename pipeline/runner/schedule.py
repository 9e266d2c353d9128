"""Starts processes in parallel while their declared cost fits the machine."""

import threading
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from pipeline.toolchain.command import Command

E = TypeVar("E")
CONNECTIONS: Final = 2
"""So many processes may be on the network at one time."""


def ranks(commands: Mapping[str, Command], known: Mapping[str, float]) -> Mapping[str, float]:
    """Say for each command how long it takes with the longest chain of those that wait for it."""
    found: dict[str, float] = {}

    def rank(label: str) -> float:
        if label not in found:
            one = commands[label]
            after = (rank(other.label) for other in commands.values() if label in other.needs)
            found[label] = known.get(label, one.cost.seconds) + max(after, default=0.0)
        return found[label]

    return {label: rank(label) for label in commands}


class Schedule(Generic[E]):
    """One run's queue: what waits, what runs, how each ended.

    The declared CPU of what runs at one time never exceeds `cores`, nor its memory
    `memory_mb`, nor are more than a few on the network; a command that alone is dearer than that
    runs alone. What takes longest with all that waits for it is started first.
    """

    def __init__(
        self,
        commands: Mapping[str, Command],
        *,
        cores: float,
        memory_mb: int,
        seconds: Mapping[str, float] | None = None,
    ) -> None:
        """`seconds` is how long each took the last time; others are guessed at."""
        long = ranks(commands, seconds or {})
        self._waiting = sorted(commands.values(), key=lambda one: (-long[one.label], one.label))
        self._order = tuple(commands)
        self._cores = cores
        self._memory_mb = memory_mb
        self._running: dict[str, Command] = {}
        self._ended: dict[str, E] = {}
        self._crash: BaseException | None = None
        self._changed = threading.Condition()

    def run(
        self,
        start: Callable[[Command], E],
        *,
        refuse: Callable[[Command, str], E],
        good: Callable[[E], bool],
    ) -> dict[str, E]:
        """Run every command once and return how each ended, by label.

        A command waits for those it needs; when one of them did not end `good`, `refuse`
        (told which) says how it ends instead. What `start` raises is a defect of ours: nothing
        more is started then, and it is raised again here when what runs has ended.
        """
        threads = []
        while (command := self._next()) is not None:
            broken = next((n for n in command.needs if not good(self._ended[n])), None)
            if broken is not None:
                self._finish(command, refuse(command, broken))
                continue
            thread = threading.Thread(target=self._work, args=(command, start), name=command.label)
            threads.append(thread)
            thread.start()
        for thread in threads:
            thread.join()
        if self._crash is not None:
            raise self._crash
        return {label: self._ended[label] for label in self._order}

    def _work(self, command: Command, start: Callable[[Command], E]) -> None:
        try:
            ended = start(command)
        except BaseException as exc:  # noqa: BLE001 -- carried to the thread that called run
            with self._changed:
                self._crash = exc
                self._changed.notify_all()
        else:
            self._finish(command, ended)

    def _next(self) -> Command | None:
        """Wait for a command that may start; None when none is left."""
        with self._changed:
            while self._waiting and self._crash is None:
                for command in self._waiting:
                    if self._fits(command):
                        self._waiting.remove(command)
                        self._running[command.label] = command
                        return command
                self._changed.wait()
            return None

    def _fits(self, command: Command) -> bool:
        if any(need not in self._ended for need in command.needs):
            return False
        if not self._running:
            return True
        together = (*self._running.values(), command)
        return (
            sum(one.cost.cpu for one in together) <= self._cores
            and sum(one.cost.memory_mb for one in together) <= self._memory_mb
            and sum(one.network for one in together) <= CONNECTIONS
        )

    def _finish(self, command: Command, ended: E) -> None:
        with self._changed:
            del self._running[command.label]
            self._ended[command.label] = ended
            self._changed.notify_all()
