"""What a change of policy would do to runs of the past, summed up by repository."""

from collections.abc import Iterable

import msgspec

from pipeline.authoring.difference import Change, Difference

_SHOWN = 5


class Damaged(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that could not be judged, and why."""

    bundle: str
    why: str


class Sum(msgspec.Struct, kw_only=True):
    """What changes for the bundles of one repository."""

    repository: str
    bundles: int = 0
    weaker: int = 0
    """Bundles in which something is let through that was stopped."""
    stricter: int = 0
    newly_blocked: int = 0
    newly_passing: int = 0
    breaches_new: list[str] = []
    breaches_gone: list[str] = []
    gaps_new: int = 0
    gaps_gone: int = 0
    exceptions_new: set[str] = set()
    exceptions_freed: set[str] = set()
    exceptions_dead: set[str] = set()
    verdicts: dict[str, int] = {}
    """`FAIL -> PASS`, and in how many bundles."""
    examples_blocked: list[Change] = []
    examples_passing: list[Change] = []

    def add(self, one: Difference) -> None:
        """Count one bundle."""
        self.bundles += 1
        self.weaker += one.weaker
        self.stricter += one.stricter
        self.newly_blocked += len(one.newly_failing)
        self.newly_passing += len(one.newly_passing)
        self.gaps_new += len(one.gaps_new)
        self.gaps_gone += len(one.gaps_gone)
        _append(self.breaches_new, one.breaches_new)
        _append(self.breaches_gone, one.breaches_gone)
        self.exceptions_new |= set(one.exceptions_new)
        self.exceptions_freed |= set(one.exceptions_freed)
        self.exceptions_dead |= set(one.exceptions_dead)
        _append(self.examples_blocked, one.newly_failing)
        _append(self.examples_passing, one.newly_passing)
        if one.before is not one.after:
            name = f"{one.before.value} -> {one.after.value}"
            self.verdicts[name] = self.verdicts.get(name, 0) + 1


def _append(known: list[Change] | list[str], more: Iterable[Change] | Iterable[str]) -> None:
    """Keep a few, each once: a thousand runs tell the same."""
    for one in more:
        if len(known) >= _SHOWN:
            return
        if one not in known:
            known.append(one)  # type: ignore[arg-type]  # both are lists of one kind


class Replay:
    """Sums differences up, one bundle at a time: none is kept."""

    def __init__(self) -> None:
        self._sums: dict[str, Sum] = {}
        self.damaged: list[Damaged] = []

    def add(self, repository: str, one: Difference) -> None:
        """Count a bundle of a repository."""
        if repository not in self._sums:
            self._sums[repository] = Sum(repository=repository)
        self._sums[repository].add(one)

    def refuse(self, bundle: str, why: str) -> None:
        """Count a bundle that could not be judged."""
        self.damaged.append(Damaged(bundle=bundle, why=why))

    @property
    def sums(self) -> tuple[Sum, ...]:
        """What was summed, the repositories with most that gets through first."""
        order = sorted(self._sums.values(), key=lambda one: (-one.newly_passing, one.repository))
        return tuple(order)

    @property
    def weaker(self) -> bool:
        """Whether something would get through that was stopped."""
        return any(one.weaker for one in self._sums.values())
