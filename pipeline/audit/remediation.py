"""From the first day of a finding to the run that proves its end, against its due day."""

from collections.abc import Iterable
from datetime import date
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

    __slots__ = ("closed", "due", "finding", "first", "kev", "open_in", "proof")

    def __init__(self, finding: Finding, day: str) -> None:
        self.finding = finding
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
        self.finding = finding
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
    """All findings of the protected environments of all repositories."""

    def __init__(self) -> None:
        self._tracks: dict[str, dict[str, _Track]] = {}
        self._open: dict[tuple[str, str], set[str]] = {}

    def add(self, place: Place, stored: Stored, policy: Policy | None) -> None:
        """Take in a run. They have to come in the order in which they ran."""
        environment = stored.verdict.environment
        if environment not in PROTECTED:
            return
        tracks = self._tracks.setdefault(place.repository, {})
        before = self._open.setdefault((place.repository, environment), set())
        clocks = policy.clocks if policy else None
        now: set[str] = set()
        for finding in stored.findings:
            key = _key(finding)
            now.add(key)
            if key not in tracks:
                tracks[key] = _Track(finding, place.day)
            tracks[key].seen(finding, place, environment, clocks)
        answered = {one.stage for one in stored.stages if _in_full(one)}
        closed = [key for key in before - now if answered.issuperset(tracks[key].finding.sources)]
        for key in closed:
            tracks[key].gone(place, environment)
        before.difference_update(closed)
        before.update(now)

    def rows(self, until: date) -> tuple[SlaRow, ...]:
        """Return every finding as it stands at the end of the window."""
        return tuple(
            _row(repository, self._tracks[repository][key], until)
            for repository in sorted(self._tracks)
            for key in sorted(self._tracks[repository])
        )


def summary(rows: Iterable[SlaRow]) -> tuple[SlaSummary, ...]:
    """Count by priority."""
    counts = {priority: dict.fromkeys(_STATES, 0) for priority in PRIORITIES}
    for row in rows:
        counts[row.priority][row.state] += 1
    return tuple(
        SlaSummary(
            priority=priority,
            total=sum(states.values()),
            in_time=states["in_time"],
            late=states["late"],
            open=states["open"],
            overdue=states["overdue"],
            no_clock=states["no_clock"],
        )
        for priority, states in counts.items()
    )


_STATES: Final[tuple[SlaState, ...]] = ("in_time", "late", "open", "overdue", "no_clock")


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


def _row(repository: str, track: _Track, until: date) -> SlaRow:
    finding, due = track.finding, track.due
    end = date.fromisoformat(track.closed) if track.closed else until
    over = max((end - due).days, 0) if due else 0
    return SlaRow(
        repository=repository,
        finding=finding.id,
        rule=finding.rule,
        kind=finding.kind.value,
        priority=finding.priority or PRIORITIES[-1],
        severity=finding.severity.value,
        target=finding.target,
        purl=finding.purl or "",
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
