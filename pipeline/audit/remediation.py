"""From the first day of a finding to the run that proves its end, against its due day."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from sys import intern
from typing import Final

import msgspec

from pipeline.audit.model import SlaRow, SlaState, SlaSummary
from pipeline.audit.reading import Place
from pipeline.bundle.read import Stored
from pipeline.model.finding import Finding
from pipeline.model.outcome import Completed, Failed, Skipped, SkipReason, StageEvidence
from pipeline.policy.judging import sla
from pipeline.policy.model import PRIORITIES, Clocks, Policy

PROTECTED: Final = frozenset({"main", "release", "weekly"})
"""Only what runs there opens and closes: a pull request is a proposal."""


class _Track:
    """One finding in one repository."""

    __slots__ = ("closed", "due", "first", "kev", "known", "open_in", "proof", "sources")

    def __init__(self, finding: Finding, day: str) -> None:
        self.known = _known(finding)
        self.sources = finding.sources
        self.first = _earliest(finding.first_seen, day)
        self.due: date | None = None
        self.kev = ""
        self.open_in: set[str] = set()
        self.closed = ""
        self.proof = ""

    def seen(self, finding: Finding, place: Place, environment: str, clocks: Clocks | None) -> None:
        """Note a run that found it."""
        self.first = min(self.first, _earliest(finding.first_seen, place.day))
        dated = msgspec.structs.replace(finding, first_seen=self.first)
        self.due = sla.due(dated, clocks)
        self.known, self.sources = _known(finding), finding.sources
        self.open_in.add(environment)
        self.closed, self.proof = "", place.name
        if finding.kev and not self.kev:
            self.kev = place.day

    def gone(self, place: Place, environment: str) -> None:
        """Note a run that looked for it and did not find it."""
        self.open_in.discard(environment)
        if not self.open_in:
            self.closed, self.proof = place.day, place.name


class Remediation:
    """All findings of the protected environments of one repository."""

    def __init__(self, repository: str) -> None:
        self._repository = repository
        self._tracks: dict[str, _Track] = {}
        self._open: dict[str, set[str]] = {}

    def add(self, place: Place, stored: Stored, policy: Policy | None) -> None:
        """Take in a run. They have to come in the order in which they ran."""
        environment = stored.verdict.environment
        if environment not in PROTECTED:
            return
        tracks = self._tracks
        before = self._open.setdefault(environment, set())
        clocks = policy.clocks if policy else None
        now: set[str] = set()
        for finding in stored.findings:
            key = _key(finding)
            now.add(key)
            if key not in tracks:
                tracks[key] = _Track(finding, place.day)
            tracks[key].seen(finding, place, environment, clocks)
        answered = {one.stage for one in stored.stages if _in_full(one)}
        closed = [key for key in before - now if answered.issuperset(tracks[key].sources)]
        for key in closed:
            tracks[key].gone(place, environment)
        before.difference_update(closed)
        before.update(now)

    def rows(self, until: date) -> Iterator[SlaRow]:
        """Return every finding as it stands at the end of the window."""
        return (_row(self._repository, self._tracks[key], until) for key in sorted(self._tracks))


class Tally:
    """Counts rows by priority, and keeps of those past their due day what a reader must know."""

    def __init__(self) -> None:
        self._counts = {priority: Counter[SlaState]() for priority in PRIORITIES}
        self._over: dict[tuple[str, str], tuple[int, SlaRow]] = {}
        self.total = 0
        self.exploited = 0

    def counted(self, rows: Iterable[SlaRow]) -> Iterator[SlaRow]:
        """Let rows pass, and count them."""
        for row in rows:
            self.total += 1
            self.exploited += bool(row.kev_since)
            self._counts[row.priority][row.state] += 1
            if row.state == "overdue":
                key = (row.repository, row.priority)
                count, worst = self._over.get(key, (0, row))
                self._over[key] = (count + 1, max(worst, row, key=lambda one: one.days_over))
            yield row

    def summary(self) -> tuple[SlaSummary, ...]:
        """Return the counts."""
        return tuple(
            SlaSummary(
                priority=priority,
                total=states.total(),
                in_time=states["in_time"],
                late=states["late"],
                open=states["open"],
                overdue=states["overdue"],
                no_clock=states["no_clock"],
            )
            for priority, states in self._counts.items()
        )

    def overdue(self) -> Iterator[tuple[int, SlaRow]]:
        """Return, for each repository and priority, how many are overdue and the worst of them."""
        return (self._over[key] for key in sorted(self._over))


def _key(finding: Finding) -> str:
    return finding.track_ids[0] if finding.track_ids else finding.id


def _earliest(first_seen: str | None, day: str) -> str:
    return min((first_seen or day)[: len(day)], day)


def _in_full(evidence: StageEvidence) -> bool:
    """Say whether a stage's silence proves something."""
    match evidence.outcome:
        case Completed(asked=asked, answered=answered, gaps=gaps):
            return asked == answered and not gaps
        case Skipped(why=why):
            return why is SkipReason.NOT_APPLICABLE
        case Failed():
            return False


class _Known(msgspec.Struct, frozen=True):
    """What a row says of a finding: a small part of it, for there may be a million."""

    id: str
    rule: str
    kind: str
    priority: str
    severity: str
    target: str
    purl: str


def _known(finding: Finding) -> _Known:
    return _Known(
        finding.id,
        finding.rule,
        finding.kind.value,
        finding.priority or PRIORITIES[-1],
        finding.severity.value,
        intern(finding.target),
        finding.purl or "",
    )


def _row(repository: str, track: _Track, until: date) -> SlaRow:
    known, due = track.known, track.due
    end = date.fromisoformat(track.closed) if track.closed else until
    over = max((end - due).days, 0) if due else 0
    return SlaRow(
        repository=repository,
        finding=known.id,
        rule=known.rule,
        kind=known.kind,
        priority=known.priority,
        severity=known.severity,
        target=known.target,
        purl=known.purl,
        first_seen=track.first,
        due=due.isoformat() if due else "",
        closed=track.closed,
        state=_state(closed=bool(track.closed), due=due, over=over),
        days_over=over,
        kev_since=track.kev,
        proof=track.proof,
    )


def _state(*, closed: bool, due: date | None, over: int) -> SlaState:
    if due is None:
        return "no_clock"
    if closed:
        return "late" if over else "in_time"
    return "overdue" if over else "open"
