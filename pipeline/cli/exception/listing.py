"""`penstock exception list` and `verify`: where every exception stands."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.read import read as read_bundle
from pipeline.cli import options
from pipeline.cli.exception import places
from pipeline.cli.terminal import columns, streams
from pipeline.errors import Exit
from pipeline.exceptions.standing import (
    Outstanding,
    Standing,
    fates_of,
    outstanding,
    standings,
)
from pipeline.report.escape import terminal

SCHEMA: Final = "penstock/exceptions@1"
FORMATS: Final = ("text", "json", "csv")
_WIDE: Final = 120
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS: Final = (
    "id", "status", "days_left", "expires", "matches", "max_matches", "rules", "target", "owner",
    "requester", "ticket", "needed", "approved_by", "may_approve", "renewals", "supersedes",
    "reason", "place",
)  # fmt: skip
_GOOD: Final = frozenset({"active", "unused", "not_yet", "unjudged", "expired"})
"""What `verify` takes for a file that says what it may and is signed by those who may."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Every exception of a policy, and how many count."""

    exceptions: tuple[Standing, ...]
    outstanding: Outstanding
    judged: bool


def gathered(policy: str | None, bundle: Path | None) -> Listed:
    """Read the policy and hold its exceptions against evidence, where some was named."""
    from pipeline.cli.app import now as clock

    now = clock()
    place = places.find(policy, environment=options.surroundings(), now=now)
    case = place.case(None if bundle is None else read_bundle(bundle), now=now)
    fates = fates_of(case)
    return Listed(
        exceptions=standings(case, fates, judged=bundle is not None),
        outstanding=outstanding(case, fates),
        judged=bundle is not None,
    )


def show(policy: str | None, bundle: Path | None, form: str) -> None:
    """Write the list."""
    from pipeline.cli.terminal.output import quiet_stdout

    if form not in FORMATS:
        raise options.unknown("format", form, FORMATS)
    quiet_stdout()
    listed = gathered(policy, bundle)
    match form:
        case "json":
            streams.say(as_json(listed), form)
        case "csv":
            streams.say(as_csv(listed), form)
        case _:
            streams.say_lines(text(listed, columns.width()))


def verify(policy: str | None, bundle: Path | None, wanted: tuple[str, ...], form: str) -> int:
    """Write what is wrong with each file; return the exit code."""
    from pipeline.cli.terminal.output import quiet_stdout

    if form not in ("text", "json"):
        raise options.unknown("format", form, ("text", "json"))
    quiet_stdout()
    listed = gathered(policy, bundle)
    known = tuple(one.id for one in listed.exceptions)
    for name in wanted:
        if name not in known:
            raise options.unknown("exception", name, known)
    chosen = [one for one in listed.exceptions if not wanted or one.id in wanted]
    kept = msgspec.structs.replace(listed, exceptions=tuple(chosen))
    if form == "json":
        streams.say(as_json(kept), form)
    else:
        streams.say_lines(_verified(kept))
    bad = [one for one in chosen if not is_good(one)]
    return int(Exit.FAIL if bad else Exit.OK)


def is_good(one: Standing) -> bool:
    """Say whether a file says what it may, and all who must have signed it."""
    return one.status in _GOOD


def as_json(listed: Listed) -> str:
    """Write it for programs."""
    entries = [{**msgspec.to_builtins(one), "good": is_good(one)} for one in listed.exceptions]
    document = {
        "schema": SCHEMA,
        "judged": listed.judged,
        "outstanding": msgspec.to_builtins(listed.outstanding),
        "exceptions": entries,
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def as_csv(listed: Listed) -> str:
    """Write it for spreadsheets, where no cell can be taken for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in listed.exceptions:
        writer.writerow([_cell(getattr(one, name)) for name in _COLUMNS])
    return stream.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    said = "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    shown = terminal(said)
    number = isinstance(value, int)
    return f"'{shown}" if shown.startswith(_FORMULA) and not number else shown


def text(listed: Listed, width: int) -> Iterator[str]:
    """Write it for people: a line each where the screen holds all of it."""
    if not listed.exceptions:
        yield "no exceptions"
    elif width >= _WIDE and max(map(len, table := tuple(_table(listed)))) <= width:
        yield from table
    else:
        for one in listed.exceptions:
            yield from _entry(one)
    yield ""
    yield _counted(listed.outstanding)
    if listed.exceptions and not listed.judged:
        yield "what they match, and whether evidence voids them: add --bundle .penstock"


def _counted(count: Outstanding) -> str:
    if count.limit is None:
        return f"exceptions outstanding: {count.count} (no budget limits them)"
    over = "" if count.count < count.limit else ", over the budget"
    named = f"{count.budget}{over}"
    return f"exceptions outstanding: {count.count} of fewer than {count.limit} ({named})"


def _entry(one: Standing) -> Iterator[str]:
    yield f"{one.id}  {one.status:<12}  {_left(one):<14}  {_matches(one)}".rstrip()
    if one.target is not None:
        yield from columns.block("target", str(one.target))
        yield from columns.block("rules", ", ".join(one.rules))
        yield from columns.block("approved", _signed(one))
        yield from columns.block("owner", f"{one.owner}  {one.ticket}")
    if one.reason and one.status != "unapproved":
        yield from columns.block("why", one.reason)
    for refused in one.refused:
        yield from columns.block("not counted", refused)


def _table(listed: Listed) -> Iterator[str]:
    rows = [("ID", "STATUS", "LEFT", "MATCHES", "APPROVED", "RULES", "OWNER", "TICKET", "TARGET")]
    rows += [
        (
            one.id,
            one.status,
            _left(one),
            _matches(one),
            f"{len(one.approved_by)} of {one.needed}" if one.target else "-",
            ", ".join(one.rules),
            one.owner,
            one.ticket,
            str(one.target) if one.target else one.reason,
        )
        for one in listed.exceptions
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        yield "  ".join((*cells, row[-1])).rstrip()


def _left(one: Standing) -> str:
    if one.days_left is None:
        return "-"
    return f"{one.days_left} d left" if one.days_left > 0 else f"{-one.days_left} d over"


def _matches(one: Standing) -> str:
    if one.matches is None:
        return "" if one.max_matches is None else f"at most {one.max_matches}"
    return f"{one.matches} of {one.max_matches}"


def _signed(one: Standing) -> str:
    who = f" ({', '.join(one.approved_by)})" if one.approved_by else ""
    may = f"; may: {', '.join(one.may_approve) or 'nobody'}" if _waits(one) else ""
    return f"{len(one.approved_by)} of {one.needed}{who}{may}"


def _waits(one: Standing) -> bool:
    return len(one.approved_by) < one.needed


def _verified(listed: Listed) -> Iterator[str]:
    if not listed.exceptions:
        yield "no exceptions"
        return
    for one in listed.exceptions:
        word = "good" if is_good(one) else "BAD "
        told = one.reason or f"approved {_signed(one)}"
        yield from columns.block(f"{word} {one.id}", told, indent=0, label_width=22)
        if not is_good(one):
            yield from columns.block("", one.place, indent=0, label_width=22)
    bad = sum(not is_good(one) for one in listed.exceptions)
    yield f"{len(listed.exceptions) - bad} good, {bad} not"
    if not listed.judged:
        yield "how many must sign rests on what they match: add --bundle .penstock"
