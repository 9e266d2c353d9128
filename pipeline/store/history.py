"""A store as runs use it: read before the judgement, added to after it.

A store is believed only where PENSTOCK_HMAC_KEY seals it. Everywhere else, and wherever the seal
does not hold, it can make a finding older and never younger.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from pipeline.model.finding import Finding
from pipeline.store import database
from pipeline.store.database import StoreError
from pipeline.store.document import (
    Document,
    Run,
    StageRun,
    chain_fault,
    is_authenticated,
    sealed,
    state_of,
)
from pipeline.store.line import Expected, Line, Past, advance, doubtful
from pipeline.store.looks import Look
from pipeline.store.states import Baseline, of_line

__all__ = ["History", "NewRun", "Standing", "StoreError", "read", "record", "runs"]

Standing: TypeAlias = Literal["used", "absent", "unauthenticated", "broken"]
Descends: TypeAlias = Callable[[str], bool]
"""Says whether what is judged has grown from a commit."""
_DAY: Final = 10


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the branch that a run belongs to."""

    standing: Standing
    detail: str = ""
    line: Line = Line()
    last: Run | None = None
    """The last run on record, of whatever branch, if the seal holds."""

    @property
    def baseline(self) -> Baseline | None:
        """What was open on the branch; None where nobody vouches for it."""
        return of_line(self.line) if self.standing == "used" and self.line.looks else None

    def dated(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Say of each finding since when its clock runs."""
        past = Past(self.line)
        return tuple(self._dated(finding, past) for finding in findings)

    def _dated(self, finding: Finding, past: Past) -> Finding:
        age = past.age(finding)
        advisory = _day(finding.advisory_published)
        # An advisory that is later than the finding's first day on record was dated anew.
        advisory = advisory and min(advisory, age.known or advisory)
        if self.standing == "used":
            first = advisory if age.since is None else max(age.since, advisory or age.since)
            fix = age.fix_since if finding.fix_versions else None
        else:
            claimed = age.since if age.rows else None
            first = advisory and min(advisory, claimed or advisory)
            fix = None
        return msgspec.structs.replace(
            finding, first_seen=first, known_since=age.known, fix_available_at=fix
        )


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is to be remembered."""

    at: str
    commit: str
    ref: str
    environment: str
    verdict: str
    stages: tuple[StageRun, ...]
    expected: Expected | None
    """What the next one in its environment is held against; None leaves what is known."""


def read(path: Path, *, key: bytes | None, ref: str, descends: Descends) -> History:
    """Read what is known of a branch. Never fails: what cannot be read is no history.

    `ref` is a branch, or `BRANCH:FOLDER` where only a folder of the repository is judged.
    """
    try:
        document = database.read(path)
    except StoreError as error:
        return History(standing="broken", detail=str(error))
    if document is None or document.last is None:
        return History(standing="absent")
    of = _line_of(document, ref, descends)
    line = document.lines.get(of, Line())
    if is_authenticated(document, key):
        return History(standing="used", line=line, last=document.last)
    why = "its seal does not hold" if key else "there is no PENSTOCK_HMAC_KEY to hold it against"
    return History(standing="unauthenticated", detail=why, line=line)


def record(
    path: Path,
    run: NewRun,
    *,
    key: bytes | None,
    findings: Sequence[Finding],
    looks: Iterable[Look],
    descends: Descends,
) -> None:
    """Add a run to a store, or make the store. Raises StoreError, having changed nothing.

    Everything is worked out again on what the store says now: another run may have written
    since this one read it.
    """
    with database.writing(path) as store:
        found = store.found
        if found.last is not None and found.last.seal and not key:
            raise StoreError(f"{path} is sealed, and there is no PENSTOCK_HMAC_KEY to go on with")
        lines, whole = found.lines, is_authenticated(found, key)
        if not whole:
            lines = {ref: doubtful(line) for ref, line in lines.items()}
        before = lines.get(_line_of(found, run.ref, descends), Line())
        now = _expecting(advance(before, findings, looks, run.at), run)
        after = {**lines, run.ref: now}
        store.write(after, sealed(_next(found, run, after, whole=whole), key))


def runs(path: Path, key: bytes | None) -> tuple[tuple[Run, ...], str]:
    """Return every recorded run, oldest first, and where their chain breaks. Raises StoreError."""
    found = database.read_runs(path)
    return found, chain_fault(found, key)


def _expecting(line: Line, run: NewRun) -> Line:
    """Note what the next run is held against, unless a later one is on record already."""
    known = line.expected.get(run.environment)
    if run.expected is None or (known is not None and known.at > run.at):
        return line
    expected = {**line.expected, run.environment: run.expected}
    return msgspec.structs.replace(line, expected=expected)


def _next(found: Document, run: NewRun, lines: Mapping[str, Line], *, whole: bool) -> Run:
    last = found.last
    return Run(
        number=1 if last is None else last.number + 1,
        at=run.at,
        commit=run.commit,
        ref=run.ref,
        environment=run.environment,
        verdict=run.verdict,
        stages=run.stages,
        previous=last.seal if whole and last is not None else "",
        state=state_of(lines),
        seal="",
    )


def _line_of(document: Document, ref: str, descends: Descends) -> str:
    """Choose the branch's own line; a new branch goes on with the one that it has grown from.

    Of another folder of the repository no line says anything.
    """
    if ref in document.lines:
        return ref
    lines = (name for name, commit in _newest(document, _folder(ref)) if descends(commit))
    return next(lines, ref)


def _newest(document: Document, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a folder with the commit that each was last seen with, newest first."""
    last = document.last
    if last is not None and _folder(last.ref) == folder:
        yield last.ref, last.commit
    known = ((name, max(one.expected.values(), key=attrgetter("at"), default=None))
             for name, one in document.lines.items() if _folder(name) == folder)  # fmt: skip
    seen = ((name, told) for name, told in known if told is not None)
    for name, told in sorted(seen, key=lambda one: one[1].at, reverse=True):
        yield name, told.commits[0]


def _folder(ref: str) -> str:
    return ref.partition(":")[2]


def _day(text: str | None) -> str | None:
    return text[:_DAY] if text else None
