"""Weakens the policy in every way it knows, and asks which of them the tests do not see."""

from collections.abc import Iterable, Iterator

from pipeline.authoring.cases import Suite
from pipeline.authoring.mutants import Survivor, mutants
from pipeline.authoring.trial import trials
from pipeline.policy.model import Policy


def survivors(suites: tuple[Suite, ...], policy: Policy) -> tuple[int, tuple[Survivor, ...]]:
    """Return how many mutants there are, and those under which every test stays green."""
    tried = list(_tried(suites, policy))
    return len(tried), tuple(one for one in tried if one is not None)


def _tried(suites: Iterable[Suite], policy: Policy) -> Iterator[Survivor | None]:
    for mutant in mutants(policy):
        seen = any(not trial.green for trial in trials(suites, mutant.policy))
        yield (
            None
            if seen
            else Survivor(
                name=mutant.name, part=mutant.part, place=mutant.place, advice=mutant.advice
            )
        )
