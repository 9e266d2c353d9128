"""Writes the ways out of one finding, each with the command that comes next."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.cli.explain.plan import action_lines
from pipeline.cli.terminal.wrapping import wrapped
from pipeline.policy.explaining.actions import Way
from pipeline.policy.explaining.explanation import Explanation


def lines(explained: Explanation, bundle: Path) -> Iterator[str]:
    """Write what mends the finding, then what excepts it."""
    failing = [rule.id for rule in explained.rules if rule.outcome == "fail"]
    if not failing:
        yield "    nothing: no rule fails on it"
        return
    ways = explained.ways
    if ways.mending is not None:
        yield from _way(ways.mending, "", bundle, explained.finding.id)
        if explained.finding.message and explained.finding.purl is None:
            yield from wrapped(explained.finding.message.partition("\n")[0], "       ")
    else:
        yield from wrapped(explained.upgrade or "nobody knows a version that mends it", "    ")
    if ways.excepting is not None:
        yield from _way(ways.excepting, "or ", bundle, explained.finding.id)
    elif ways.no_exception:
        yield from wrapped(f"no exception holds: {ways.no_exception}", "    ", "       ")


def _way(way: Way, mark: str, bundle: Path, finding: str) -> Iterator[str]:
    for action in way.actions:
        yield from action_lines(action, mark, bundle, (finding,))
        mark = "and "
    if way.left:
        yield from wrapped(f"then {', '.join(way.left)} still fails", "       ")
