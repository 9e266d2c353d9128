"""What has run out, and what will run out all at once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from pipeline.authoring.lint_model import Flaw, warning
from pipeline.errors import Where
from pipeline.policy.model import Policy, PolicyException

_MANY: Final = 3
"""So many exceptions that end on one day are a bad day."""
_LONG: Final = 366
"""Days: as long as the longest exception may last."""
_AGAIN: Final = "look at it again, or take it out"


def over(policy: Policy, today: date) -> Iterator[Flaw]:
    """Find what the policy allowed until a day that is past."""
    for environment, until in policy.report_only_until.items():
        if until <= today:
            place = _place(policy, "report_only_until", environment)
            told = f"report_only_until.{environment} ended on {until}: breaches fail again"
            yield warning("report-only-over", place, told, "take it out")
    for place, told, until in _tolerated(policy):
        if until <= today:
            yield warning("tolerated-gap-over", place, f"{told} {until}, which is past", _AGAIN)
    for place, told, until in _excluded(policy):
        if until <= today:
            yield warning("exclusion-over", place, f"{told} {until}, which is past", _AGAIN)


def far(policy: Policy, today: date) -> Iterator[Flaw]:
    """Find what may stay unseen so long that nobody will look at it again."""
    latest = today + timedelta(days=_LONG)
    hint = f"let it end within {_LONG} days: the day is there to look at it again"
    for place, told, until in _tolerated(policy):
        if until > latest:
            yield warning("tolerated-gap-far", place, f"{told} {until}", hint)
    for place, told, until in _excluded(policy):
        if until > latest:
            yield warning("exclusion-far", place, f"{told} {until}", hint)


def _tolerated(policy: Policy) -> Iterator[tuple[Where, str, date]]:
    for index, gap in enumerate(policy.demands.tolerated_gaps):
        place = _place(policy, "evidence.tolerated_gaps", str(index))
        yield place, f"{gap.stage}: {gap.target} is tolerated until", gap.expires


def _excluded(policy: Policy) -> Iterator[tuple[Where, str, date]]:
    for index, one in enumerate(policy.demands.allowed_exclusions):
        place = _place(policy, "evidence.allowed_exclusions", str(index))
        yield place, f"{one.glob} may be left out until", one.expires


def _place(policy: Policy, section: str, key: str) -> Where:
    fallback = policy.places.get(section, Where("gate.yaml"))
    return policy.places.get(f"{section}.{key}", fallback)


def together(policy: Policy, today: date) -> Iterator[Flaw]:
    """Find exceptions that end all on one day, and such as have ended."""
    by_day: dict[date, list[PolicyException]] = defaultdict(list)
    for one in policy.exceptions:
        if one.expires <= today:
            told = f"{one.id} ended on {one.expires}"
            hint = "`penstock exception prune` removes it; `renew` drafts a new one"
            yield warning("exception-over", one.place, told, hint)
        else:
            by_day[one.expires].append(one)
    for day, group in sorted(by_day.items()):
        if len(group) >= _MANY:
            names = ", ".join(one.id for one in group)
            told = f"{len(group)} exceptions end on {day}: {names}"
            yield warning("same-day", group[0].place, told, "let them end on different days")
