"""The history of one branch as plain data: how old a finding is by it, and what a run adds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Final

import msgspec

from pipeline.model.aliases import closure
from pipeline.model.finding import Finding
from pipeline.store.looks import Look
from pipeline.store.rows import KEPT_DAYS, MEMORY_DAYS, Fix, Row, doubted, earliest, merged

_DATE: Final = 10


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the next run of a branch in an environment is held against."""

    at: str
    """When the run that says so was."""
    commits: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """What it judged, then each commit that had more to look at, which nobody answered for."""
    images: tuple[str, ...] | None
    """Names of images without tags and digests; None where no stage was to look at any."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A branch: what was found on it, and by stage the last run that proves an absence."""

    rows: tuple[Row, ...] = ()
    looks: Mapping[str, Look] = {}
    expected: Mapping[str, Expected] = {}
    """By environment: a weekly run makes nothing of a release forgotten."""


class Age(msgspec.Struct, frozen=True):
    """What a history says about one finding."""

    since: str | None
    known: str | None
    fix_since: str | None
    rows: tuple[Row, ...]
    """Those that speak of it."""


class Past:
    """A line, asked about findings."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._looked: dict[tuple[tuple[str, ...], str], str | None] = {}
        self._by_track: dict[str, list[Row]] = defaultdict(list)
        for row in line.rows:
            for track in row.tracks:
                self._by_track[track].append(row)

    def age(self, finding: Finding) -> Age:
        """Say when a finding came: where it is new, it was absent in the last run that looked."""
        absent = self.looked(finding.sources, finding.target)
        rows = tuple(row for row in self.rows(finding) if _remembered(row, absent))
        if not rows:
            return Age(since=absent and absent[:_DATE], known=None, fix_since=None, rows=())
        one = rows[0]
        if len(rows) == 1:
            return Age(one.since, one.known, _fix_since(one, absent), rows)
        return Age(
            since=earliest(row.since for row in rows),
            known=min(row.known for row in rows),
            fix_since=earliest(_fix_since(row, absent) for row in rows),
            rows=rows,
        )

    def rows(self, finding: Finding) -> tuple[Row, ...]:
        """Return every row that shares a track with a finding."""
        found: list[Row] = []
        for track in finding.track_ids:
            for row in self._by_track.get(track, ()):
                if not any(row is one for one in found):
                    found.append(row)
        return tuple(found)

    def looked(self, sources: tuple[str, ...], target: str) -> str | None:
        """Return the last run in which all these stages saw the whole of a target."""
        asked = (sources, target)
        if asked not in self._looked:
            self._looked[asked] = self._look(sources, target)
        return self._looked[asked]

    def _look(self, sources: tuple[str, ...], target: str) -> str | None:
        looks = [self.line.looks.get(stage) for stage in sources]
        proofs = [one.at for one in looks if one is not None and one.sees(target)]
        return min(proofs) if proofs and len(proofs) == len(looks) else None


def advance(line: Line, findings: Iterable[Finding], looks: Iterable[Look], at: str) -> Line:
    """Return the line after a run at this instant."""
    new = {one.stage: one for one in looks}
    past = Past(line)
    if any(one.at > at for one in line.looks.values()):
        return _late(past, findings, at)
    here = Past(Line(looks=new))
    found = _grouped(past, findings, at)
    taken = {row.tracks for rows in found.values() for row in rows}
    absent = (_absent(row, past, here, at) for row in line.rows if row.tracks not in taken)
    return Line(
        rows=_sorted((*found, *(row for row in absent if not _forgotten(row, at)))),
        looks={**line.looks, **new},
        expected=line.expected,
    )


def doubtful(line: Line) -> Line:
    """Return what may be carried on of a line that nobody vouches for.

    What is expected can only add findings.
    """
    return Line(rows=tuple(doubted(row) for row in line.rows), expected=line.expected)


def _grouped(past: Past, findings: Iterable[Finding], at: str) -> dict[Row, list[Row]]:
    """Make one row of all findings and old rows that share a track, with the rows it replaces."""
    tracked = [finding for finding in findings if finding.track_ids]
    rows = past.line.rows
    whole = closure((*(one.track_ids for one in tracked), *(row.tracks for row in rows)))
    made: dict[frozenset[str], list[Row]] = defaultdict(list)
    for finding in tracked:
        made[whole[finding.track_ids[0]]].append(_row(finding, past.age(finding), at))
    old: dict[frozenset[str], list[Row]] = defaultdict(list)
    for row in rows:
        old[whole[row.tracks[0]]].append(row)
    return {merged(new): old[group] for group, new in made.items()}


def _row(finding: Finding, age: Age, at: str) -> Row:
    tracks = {*finding.track_ids, *(track for row in age.rows for track in row.tracks)}
    return Row(
        tracks=tuple(sorted(tracks)),
        target=finding.target,
        sources=tuple(sorted(finding.sources)),
        subjects=(subject_of(finding),),
        since=age.since,
        known=min(age.known or at[:_DATE], at[:_DATE]),
        last=None,
        gone=None,
        fix=_fix(finding, age),
        fix_since=age.fix_since if finding.fix_versions else None,
    )


def subject_of(finding: Finding) -> str:
    """Return what tells findings of one track apart."""
    return finding.purl or finding.id


def _fix(finding: Finding, age: Age) -> Fix:
    """Say what is known of a fix. Once there was one, or once nobody knew, that stays."""
    before = {row.fix for row in age.rows}
    if "some" in before:
        return "some"
    if finding.fix_versions is None or "unknown" in before:
        return "unknown"
    return "some" if finding.fix_versions else "none"


def _fix_since(row: Row, absent: str | None) -> str | None:
    if row.fix == "none":
        return absent and absent[:_DATE]
    return row.fix_since


def _remembered(row: Row, absent: str | None) -> bool:
    """Forget a defect only where it was proven absent, all along, for longer than the memory."""
    return row.gone is None or absent is None or _days(row.gone, absent) <= MEMORY_DAYS


def _absent(row: Row, past: Past, here: Past, at: str) -> Row:
    """Note that a row is gone, where this run proves it."""
    if row.gone is not None or here.looked(row.sources, row.target) is None:
        return row
    last = past.looked(row.sources, row.target)
    return msgspec.structs.replace(row, last=last, gone=at)


def _forgotten(row: Row, at: str) -> bool:
    return row.gone is not None and _days(row.gone, at) > KEPT_DAYS


def _late(past: Past, findings: Iterable[Finding], at: str) -> Line:
    """Add a run that ended after a later one: it can only make findings older."""
    day = at[:_DATE]
    rows = set(past.line.rows)
    for finding in findings:
        old = past.rows(finding)
        if old:
            rows -= {*old}
            rows |= {msgspec.structs.replace(one, known=min(one.known, day)) for one in old}
        else:
            age = Age(since=None, known=None, fix_since=None, rows=())
            rows.add(msgspec.structs.replace(_row(finding, age, at), last=at, gone=at))
    return msgspec.structs.replace(past.line, rows=_sorted(rows))


def _sorted(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=attrgetter("tracks")))


def _days(first: str, then: str) -> int:
    """Count the whole days between two instants."""
    return (datetime.fromisoformat(then) - datetime.fromisoformat(first)).days
