"""Writes the ways out of one finding, each with the command that comes next."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.cli.explain.plan import action_lines
from pipeline.cli.terminal.wrapping import wrapped
from pipeline.policy.explaining.actions import Action, Except, Way
from pipeline.policy.explaining.explanation import Explanation

_BUNDLE: Final = Path(".penstock")
_NAMED: Final = 12


def lines(explained: Explanation, bundle: Path) -> Iterator[str]:
    """Write what mends the finding, then what excepts it."""
    failing = [rule.id for rule in explained.rules if rule.outcome == "fail"]
    if not failing:
        yield "    nothing: no rule fails on it"
        return
    ways = explained.ways
    if ways.mending is not None:
        yield from _way(ways.mending, "")
        if explained.finding.message and explained.finding.purl is None:
            yield from wrapped(explained.finding.message.partition("\n")[0], "       ")
    else:
        yield from wrapped(explained.upgrade or "nobody knows a version that mends it", "    ")
    if ways.excepting is not None:
        yield from _way(ways.excepting, "or ")
        for action in ways.excepting.actions:
            yield from _next(action, explained, len(failing), bundle)
    elif ways.no_exception:
        yield from wrapped(f"no exception holds: {ways.no_exception}", "    ", "       ")


def _way(way: Way, mark: str) -> Iterator[str]:
    for action in way.actions:
        yield from action_lines(action, mark)
        mark = "and "
    if way.left:
        yield from wrapped(f"then {', '.join(way.left)} still fails", "       ")


def _next(action: Action, explained: Explanation, failing: int, bundle: Path) -> Iterator[str]:
    """Write the command that files an exception; one that is filed has its own beside it."""
    if not isinstance(action, Except):
        return
    words = ["penstock", "exception", "new", explained.finding.id[:_NAMED]]
    if bundle != _BUNDLE:
        words += ["--bundle", str(bundle)]
    if action.vulnerability not in (None, explained.finding.rule):
        words += ["--vulnerability", str(action.vulnerability)]
    if len(action.rules) < failing:
        words += [word for rule in action.rules for word in ("--rule", rule)]
    yield f"       {shlex.join(words)}"
