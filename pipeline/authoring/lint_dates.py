"""What has run out, and what will run out all at once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from pipeline.authoring.lint_model import Flaw, warning
from pipeline.errors import Where
from pipeline.policy.model import Policy, PolicyException

_MANY: Final = 3
"""So many exceptions that end on one day are a bad day."""


def over(policy: Policy, today: date) -> Iterator[Flaw]:
    """Find what the policy allowed until a day that is past."""
    for environment, until in policy.report_only_until.items():
        if until <= today:
            place = _place(policy, "report_only_until", environment)
            told = f"report_only_until.{environment} ended on {until}: breaches fail again"
            yield warning("report-only-over", place, told, "take it out")
    for index, gap in enumerate(policy.demands.tolerated_gaps):
        if gap.expires <= today:
            place = _place(policy, "evidence.tolerated_gaps", str(index))
            told = f"{gap.stage}: {gap.target} was tolerated until {gap.expires}"
            yield warning("tolerated-gap-over", place, told, "answer it, or take it out")
    for index, one in enumerate(policy.demands.allowed_exclusions):
        if one.expires <= today:
            place = _place(policy, "evidence.allowed_exclusions", str(index))
            told = f"{one.glob} was allowed to be left out until {one.expires}"
            yield warning("exclusion-over", place, told, "look at it again, or take it out")


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
