"""Asks a person for what nobody else can know, until the policy is content with the answer."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, Protocol

import msgspec

from pipeline.errors import UsageError
from pipeline.exceptions.terms import Terms, fault_of
from pipeline.exceptions.wanted import JUSTIFICATIONS, Wanted

_DAYS: Final = re.compile(r"\d{1,4}")


class Person(Protocol):
    """Somebody at a terminal."""

    def ask(self, question: str) -> str:
        """Return a line that was typed. Raises UsageError where nobody is there any more."""

    def tell(self, line: str) -> None:
        """Show a line."""


def fill(wanted: Wanted, terms: Terms, person: Person) -> Wanted:
    """Ask for each missing field, again where the policy refuses an answer."""
    for field in tuple(wanted.missing()):
        wanted = _asked(field, wanted, terms, person)
    return wanted


def _asked(field: str, wanted: Wanted, terms: Terms, person: Person) -> Wanted:
    question = _QUESTIONS[field](terms)
    while True:
        typed = person.ask(question).strip()
        if not typed:
            person.tell("  this has to be said")
            continue
        try:
            value = day_of(typed, wanted.created) if field == "expires" else typed
        except UsageError as exc:
            person.tell(f"  {exc.message}")
            continue
        wrong = tuple(fault_of(field, value, wanted, terms))
        if not wrong:
            return msgspec.structs.replace(wanted, **{field: value})
        for one in wrong:
            person.tell(f"  {one.told}{f' ({one.where})' if one.where else ''}")


def day_of(typed: str, today: date) -> date:
    """Read a day, or a number of days from today. Raises UsageError."""
    try:
        if _DAYS.fullmatch(typed):
            return today + timedelta(days=int(typed))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
            return date.fromisoformat(typed)
    except (ValueError, OverflowError):
        pass
    raise UsageError(f"{typed!r} is no day", hint="write it as 2026-12-31, or as a number of days")


_QUESTIONS: Final[dict[str, Callable[[Terms], str]]] = {
    "owner": lambda _: "Owner, accountable for the fix (e-mail): ",
    "requester": lambda _: "Requester, who may not approve it (e-mail): ",
    "ticket": lambda terms: f"Ticket ({terms.policy.terms.ticket_pattern}): ",
    "reason": lambda terms: (
        f"Reason, {terms.policy.terms.min_reason_chars} characters or more, on one line: "
    ),
    "expires": lambda terms: (
        f"Expires, a day or a number of days (a {terms.priority} may have {terms.most_days}): "
    ),
    "justification": lambda _: f"Justification ({', '.join(JUSTIFICATIONS)}): ",
}
