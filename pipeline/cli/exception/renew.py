"""`penstock exception renew`: a successor with a new end and a new reason; the old file stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.read import read as read_bundle
from pipeline.cli import options
from pipeline.cli.exception import ask, places, words
from pipeline.cli.exception.new_view import approvals, next_step
from pipeline.cli.terminal import streams
from pipeline.cli.terminal.columns import block
from pipeline.errors import PenstockError
from pipeline.exceptions import asking, files, renewal, terms
from pipeline.exceptions.ids import next_id
from pipeline.exceptions.scope import Scope
from pipeline.exceptions.standing import fates_of, findings_of, renewals_of, target_of
from pipeline.exceptions.waiting import waiting
from pipeline.exceptions.wanted import Wanted
from pipeline.policy.case import Case
from pipeline.policy.model import PRIORITIES, Policy, PolicyException
from pipeline.report.summary import plural

_TRIES: Final = 20


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The command line as typed."""

    id: str
    expires: str | None
    days: int | None
    reason: str | None
    reason_file: str | None
    ticket: str | None
    owner: str | None
    requester: str | None
    bundle: Path | None
    policy: str | None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The exception that is renewed, and what is known of it."""

    place: places.Place
    case: Case
    old: PolicyException
    data: bytes
    scope: Scope | None
    """None where no evidence was named."""

    @property
    def path(self) -> Path:
        """Its file."""
        return self.place.exceptions / f"{self.old.id}.yaml"


def run(asked: Asked) -> None:
    """Refuse, ask, write, and say how often it was so already."""
    from pipeline.cli.terminal.output import quiet_stdout

    quiet_stdout()
    desk = _desk(asked)
    renewal.refuse_renewed(desk.place.policy, desk.old)
    wanted = _wanted(asked, desk)
    policy, one, path = _write(asked, desk, wanted)
    streams.say_lines(_told(desk, policy, one, path))


def _desk(asked: Asked) -> Desk:
    from pipeline.cli.app import now as clock

    now = clock()
    place = places.find(asked.policy, environment=options.surroundings(), now=now)
    old = places.loaded(place.policy, asked.id)
    data = files.read(place.exceptions / f"{old.id}.yaml")
    case = place.case(None if asked.bundle is None else read_bundle(asked.bundle), now=now)
    found = findings_of(fates_of(case), old.id)
    scope = Scope(findings=found) if found else None
    if scope is not None:
        scope.refuse_known_exploited(place.policy.places["exceptions.void_if"])
    return Desk(place=place, case=case, old=old, data=data, scope=scope)


def _wanted(asked: Asked, desk: Desk) -> Wanted:
    """Ask for a new end and a new reason: what was said last time was for last time."""
    today = desk.case.today
    wanted = Wanted(
        owner=asked.owner or desk.old.owner,
        requester=asked.requester or desk.old.requester,
        ticket=asked.ticket or desk.old.ticket,
        reason=words.reason(asked.reason, asked.reason_file),
        created=today,
        expires=words.expiry(asked.expires, asked.days, today),
    )
    said = terms.Terms(policy=desk.place.policy, priority=_priority(desk))
    if any(wanted.missing()) and ask.at_terminal():
        terms.refuse_wrong(wanted, said)
        wanted = asking.fill(wanted, said, ask.Terminal())
    terms.check(wanted, said)
    return wanted


def _priority(desk: Desk) -> str:
    """Take the priority of what it matches, else the one that allows most: the gate knows more."""
    if desk.scope is not None:
        return desk.scope.priority
    days = desk.place.policy.terms.max_days
    return max(PRIORITIES, key=lambda priority: days[priority])


def _write(asked: Asked, desk: Desk, wanted: Wanted) -> tuple[Policy, PolicyException, Path]:
    taken: list[str] = []
    for _ in range(_TRIES):
        names = (*places.names(desk.place, desk.place.exceptions), *taken)
        ident = next_id(wanted.created.year, names)
        path = desk.place.exceptions / f"{ident}.yaml"
        made = renewal.successor(
            desk.data, words.here(desk.path), _changes(asked, desk, wanted, ident)
        )
        policy = desk.place.with_file(path.name, made)
        one = places.loaded(policy, ident)
        if files.read(desk.path) != desk.data:
            raise files.ChangedError(f"{desk.path} has changed meanwhile", hint="try again")
        try:
            files.create(path, made)
        except files.TakenError:
            taken.append(path.name)
            continue
        return policy, one, path
    raise PenstockError("every id that was tried is taken", hint="try again")


def _changes(asked: Asked, desk: Desk, wanted: Wanted, ident: str) -> renewal.Changes:
    assert wanted.expires is not None  # noqa: S101 -- checked before
    scope = desk.scope
    return renewal.Changes(
        id=ident,
        supersedes=desk.old.id,
        created=wanted.created,
        expires=wanted.expires,
        reason=wanted.reason,
        ticket=asked.ticket,
        owner=asked.owner,
        requester=asked.requester,
        max_matches=len(scope.findings) if scope else None,
        approved_at_severity=scope.severity if scope else None,
        approved_without_fix=scope.without_fix if scope else None,
    )


def _told(desk: Desk, policy: Policy, one: PolicyException, path: Path) -> Iterator[str]:
    here = words.here(path)
    case = msgspec.structs.replace(desk.case, policy=policy)
    waits = waiting(case, one, desk.scope.findings if desk.scope else ())
    yield f"wrote {here}"
    yield from block("renews", f"{desk.old.id}, which stays as it is until it is pruned")
    yield from block("excepts", str(target_of(one)))
    left = plural((one.expires - one.created).days, "day")
    yield from block("until", f"{one.expires}, {left} from today")
    yield from block("renewals", renewal.counted(policy, renewals_of(fates_of(case), one.id)))
    if desk.scope is None:
        told = "no evidence was named, so severity, fix and matches stand as they did"
        yield from block("note", f"{told}; --bundle DIR brings them up to date")
    yield from approvals(waits)
    yield from next_step(here, one, waits)
