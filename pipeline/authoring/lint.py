"""Looks for what cannot be meant in a policy. To add a check, write it and add it to CHECKS."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from pipeline.authoring import lint_dates, lint_evidence, lint_people, lint_rules, lint_tests
from pipeline.authoring.cases import Suite
from pipeline.authoring.lint_model import Flaw
from pipeline.policy.model import Policy


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with its tests, and the instant at which it is looked at."""

    policy: Policy
    suites: tuple[Suite, ...]
    now: datetime


Check: TypeAlias = Callable[[Draft], Iterator[Flaw]]

CHECKS: Final[tuple[Check, ...]] = (
    lambda draft: lint_rules.rules(draft.policy),
    lambda draft: lint_rules.rows(draft.policy),
    lambda draft: lint_rules.exceptions(draft.policy),
    lambda draft: lint_evidence.excerpts(draft.policy),
    lambda draft: lint_evidence.sandbox(draft.policy),
    lambda draft: lint_evidence.undated(draft.policy),
    lambda draft: lint_evidence.denied(draft.policy),
    lambda draft: lint_people.roles(draft.policy),
    lambda draft: lint_dates.over(draft.policy, draft.now.date()),
    lambda draft: lint_dates.far(draft.policy, draft.now.date()),
    lambda draft: lint_dates.together(draft.policy, draft.now.date()),
    lambda draft: lint_tests.missing(draft.policy, draft.suites),
)


def lint(draft: Draft) -> tuple[Flaw, ...]:
    """Return every flaw, in the order of the files and their lines."""
    found = {flaw for check in CHECKS for flaw in check(draft)}
    return tuple(
        sorted(found, key=lambda one: (one.place.path, one.place.line, one.place.column, one.code))
    )
