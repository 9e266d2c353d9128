"""What must be said about exceptions beside what they cover."""

from collections.abc import Iterable

import msgspec

from pipeline.model.verdict import Breach, ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.judging.evidence import notice
from pipeline.policy.judging.exceptions import Fate


class Notices(msgspec.Struct, frozen=True, kw_only=True):
    """Breaches and warnings that rest on no finding."""

    breaches: tuple[Breach, ...]
    warnings: tuple[Breach, ...]


def about_exceptions(case: Case, fates: Iterable[Fate], *, complete: bool) -> Notices:
    """Say which exceptions are unreadable, unused or about to end, and which keys do not count.

    An unused one fails only where every required question was answered: what a scanner that
    did not answer would have found, nobody knows.
    """
    breaches: list[Breach] = []
    warnings = [
        notice("exception_invalid", f"{one.place}: {one.reason}")
        for one in case.policy.bad_exceptions
    ]
    warnings += (
        notice("approval_ignored", f"{one.place}: {one.reason}") for one in case.policy.remarks
    )
    terms = case.policy.terms
    for one in fates:
        exception = one.exception
        if one.status is ExceptionStatus.ACTIVE:
            left = (exception.expires - case.today).days
            if left <= terms.warn_before_days:
                told = f"{exception.id} ends on {exception.expires}, in {_days(left)}"
                warnings.append(notice("exception_ending", told))
        elif one.status is ExceptionStatus.UNUSED and case.environment in exception.environments:
            age = (case.today - exception.created).days
            told = f"{exception.id} matches nothing, {_days(age)} after it was created"
            fail_after = terms.unused_fail_after_days
            if complete and fail_after is not None and age >= fail_after:
                breaches.append(notice("exception_unused", told))
            elif age >= terms.unused_warn_after_days:
                warnings.append(notice("exception_unused", told))
    return Notices(breaches=tuple(breaches), warnings=tuple(warnings))


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
