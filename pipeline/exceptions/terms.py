"""What a policy lets an exception say, held against it before anything is written."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from pipeline.errors import UsageError, Where
from pipeline.exceptions.wanted import JUSTIFICATIONS, OPTIONS, TYPES, Wanted
from pipeline.policy.globs import says_nothing
from pipeline.policy.loading.characters import hidden
from pipeline.policy.loading.check import reason_fault, ticket_fault
from pipeline.policy.model import ENVIRONMENTS, Policy
from pipeline.policy.roles import unclear

_MOST_REASON: Final = 2000
_FEWEST_NAME, _MOST_NAME = 3, 200
_MOST_TICKET: Final = 500
_MOST_TEXT: Final = 500
_FIELDS: Final = (
    "owner", "requester", "ticket", "reason", "expires", "not_before", "type", "justification",
    "action", "environments", "paths", "controls",
)  # fmt: skip


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field, and the line of the policy that says so."""

    field: str
    told: str
    where: Where | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy asks of an exception for findings of one priority."""

    policy: Policy
    priority: str

    @property
    def most_days(self) -> int:
        """How long it may run."""
        return self.policy.terms.max_days[self.priority]

    def place(self, key: str) -> Where:
        """Return the line of the policy that holds a key of `exceptions`."""
        return self.policy.places[f"exceptions.{key}"]


def check(wanted: Wanted, terms: Terms) -> None:
    """Raise UsageError with all that is missing and all that the policy forbids, at once."""
    _refuse(tuple(wanted.missing()), tuple(faults(wanted, terms)))


def refuse_wrong(wanted: Wanted, terms: Terms) -> None:
    """Raise UsageError with what the policy forbids of that which was said."""
    _refuse((), tuple(faults(wanted, terms)))


def _refuse(missing: tuple[str, ...], wrong: tuple[Fault, ...]) -> None:
    if not missing and not wrong:
        return
    lines = [f"missing: {', '.join(OPTIONS[name] for name in missing)}"] if missing else []
    where = next((one.where for one in wrong if one.where is not None), None)
    lines += [f"{one.field}: {one.told}{_place(one.where, where)}" for one in wrong]
    raise UsageError("\n".join(lines), hint=_help(missing), where=where)


def _place(own: Where | None, shown: Where | None) -> str:
    """Name the line of the policy, but for the one that is shown below."""
    return "" if own is None or own == shown else f" ({own})"


def _help(missing: tuple[str, ...]) -> str:
    if not missing:
        return "nothing was written"
    return "nothing was written; on a terminal you are asked for what is missing"


def faults(wanted: Wanted, terms: Terms) -> Iterator[Fault]:
    """Yield what is wrong with the fields that were said."""
    for field in _FIELDS:
        yield from fault_of(field, getattr(wanted, field), wanted, terms)


def fault_of(field: str, value: object, wanted: Wanted, terms: Terms) -> Iterator[Fault]:
    """Yield what is wrong with one value. What was not said is not wrong here."""
    if not value:
        return
    texts = value if isinstance(value, tuple) else (value,)
    unseen = [c for text in texts if isinstance(text, str) for c in text if hidden(c)]
    if unseen:
        told = f"the character U+{ord(unseen[0]):04X} cannot be seen; a reviewer would miss it"
        yield Fault(field=field, told=told)
        return
    yield from _one(field, value, wanted, terms)


def _one(field: str, value: object, wanted: Wanted, terms: Terms) -> Iterator[Fault]:
    match value:
        case str(text):
            yield from _TEXT_CHECKS[field](text, terms)
        case date():
            yield from _dates(field, value, wanted, terms)
        case tuple(several):
            for one in several:
                yield from _PART_CHECKS[field](str(one), terms)
        case _:
            return


def _ticket(text: str, terms: Terms) -> Iterator[Fault]:
    yield from _length("ticket", text, 1, _MOST_TICKET)
    if len(text) <= _MOST_TICKET and (
        told := ticket_fault(text, re.compile(terms.policy.terms.ticket_pattern))
    ):
        yield Fault(field="ticket", told=told, where=terms.place("ticket_pattern"))


def _reason(text: str, terms: Terms) -> Iterator[Fault]:
    yield from _length("reason", text, 1, _MOST_REASON)
    if told := reason_fault(text, terms.policy.terms.min_reason_chars):
        yield Fault(field="reason", told=told, where=terms.place("min_reason_chars"))


def _requester(text: str) -> Iterator[Fault]:
    yield from _length("requester", text, _FEWEST_NAME, _MOST_NAME)
    if told := unclear(text):
        yield Fault(field="requester", told=told)


def _length(field: str, text: str, fewest: int, most: int) -> Iterator[Fault]:
    if not fewest <= len(text.strip()) <= most:
        told = f"{len(text.strip())} characters; it has {fewest} to {most}"
        yield Fault(field=field, told=told)


def _dates(field: str, day: date, wanted: Wanted, terms: Terms) -> Iterator[Fault]:
    if field == "not_before":
        if day < wanted.created or (wanted.expires is not None and day >= wanted.expires):
            yield Fault(field=field, told=f"{day} does not lie from today to before it expires")
        return
    if day <= wanted.created:
        yield Fault(field=field, told=f"{day} is not after today, {wanted.created}")
    days = (day - wanted.created).days
    if days > terms.most_days:
        told = f"{day} is {days} days away; a {terms.priority} may have {terms.most_days}"
        yield Fault(field=field, told=told, where=terms.place("max_days"))


def _word(field: str, text: str, known: tuple[str, ...]) -> Iterator[Fault]:
    if text not in known:
        yield Fault(field=field, told=f"{text!r} is none of {', '.join(known)}")


def _path(glob: str) -> Iterator[Fault]:
    if says_nothing(glob):
        yield Fault(field="paths", told=f"{glob!r} would cover everything")


_TEXT_CHECKS: Final[Mapping[str, Callable[[str, Terms], Iterator[Fault]]]] = {
    "ticket": _ticket,
    "reason": _reason,
    "owner": lambda text, _: _length("owner", text, _FEWEST_NAME, _MOST_NAME),
    "requester": lambda text, _: _requester(text),
    "type": lambda text, _: _word("type", text, TYPES),
    "justification": lambda text, _: _word("justification", text, JUSTIFICATIONS),
    "action": lambda text, _: _length("action", text, 1, _MOST_TEXT),
}
_PART_CHECKS: Final[Mapping[str, Callable[[str, Terms], Iterator[Fault]]]] = {
    "environments": lambda text, _: _word("environments", text, ENVIRONMENTS),
    "paths": lambda text, _: _path(text),
    "controls": lambda text, _: _length("controls", text, 1, _MOST_TEXT),
}
