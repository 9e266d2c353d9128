"""The smallest set of actions after which nothing breaches, by trying all that could do it."""

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Final

import msgspec

from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import (
    ORDER,
    Action,
)
from pipeline.policy.explaining.enact import enact
from pipeline.policy.explaining.lifting import Lifting
from pipeline.policy.judging.gate import judge

_JUDGEMENTS: Final = 1500
_WORK: Final = 150_000
"""Findings and exceptions times judgements: the limit where a case is large."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a search."""

    actions: tuple[Action, ...] | None
    """None: nothing smaller than what was asked for was found."""
    complete: bool
    """All that could do it was tried."""


def search(case: Case, choices: Sequence[Action], below: int | None) -> Answer:
    """Look for a set of fewer actions than `below`; of any size where that is None."""
    return _Search(case, choices).sizes(len(choices) + 1 if below is None else below)


class _GaveUpError(Exception):
    """So many judgements were enough."""


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of choices comes to."""

    passes: bool = False
    branches: tuple[int, ...] = ()
    """Of these one has to be added."""
    least: int = 0
    """So many more it takes at least."""


class _Search:
    """Takes what is breached, and tries each choice that could lift it, smaller sets first."""

    def __init__(self, case: Case, choices: Sequence[Action]) -> None:
        self._case = case
        self._choices = sorted(choices, key=lambda one: ORDER.index(type(one)))
        self._lifting = Lifting(case, self._choices)
        size = len(case.findings) + len(case.policy.exceptions)
        self._left = min(_JUDGEMENTS, _WORK // (size + 1))
        self._states: dict[frozenset[int], _State] = {}
        self._dead: dict[frozenset[int], float] = {}

    def sizes(self, below: int) -> Answer:
        """Try sizes upwards, until size is no longer what keeps it from going on."""
        try:
            for size in range(below):
                found = self._within(frozenset(), size)
                if found is not None:
                    return Answer(actions=tuple(self._ordered(found)), complete=True)
                if self._dead[frozenset()] == inf:
                    break
        except _GaveUpError:
            return Answer(actions=None, complete=False)
        return Answer(actions=None, complete=True)

    def _ordered(self, chosen: Iterable[int]) -> Iterator[Action]:
        return (self._choices[number] for number in sorted(chosen))

    def _within(self, chosen: frozenset[int], room: int) -> frozenset[int] | None:
        """Return a set that passes, made of these and at most so many more."""
        if self._dead.get(chosen, -1) >= room:
            return None
        state = self._states.get(chosen)
        if state is None:
            state = self._states[chosen] = self._judged(chosen)
        if state.passes:
            return chosen
        if state.branches and state.least > room:
            self._dead[chosen] = room
            return None
        for number in state.branches:
            if (found := self._within(chosen | {number}, room - 1)) is not None:
                return found
        self._dead[chosen] = min(
            (self._dead[chosen | {number}] + 1 for number in state.branches), default=inf
        )
        return None

    def _judged(self, chosen: frozenset[int]) -> _State:
        """Judge a set, once for all sizes: a judgement is what a search takes its time for."""
        self._left -= 1
        if self._left < 0:
            raise _GaveUpError
        case = enact(self._case, self._ordered(chosen))
        judged = judge(case)
        if not judged.verdict.breaches:
            return _State(passes=True)
        needs = [need - chosen for need in self._lifting.needs(case, judged)]
        _, branches = min((len(need), sorted(need)) for need in needs)
        least = self._lifting.at_least(needs, judged) if branches else 0
        return _State(branches=tuple(branches), least=least)
