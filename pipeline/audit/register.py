"""The register of exceptions: what each said, who approved it, and what became of it."""

from typing import Final

from pipeline.audit.model import BreakGlassRow, Event, ExceptionRow
from pipeline.audit.reading import Place
from pipeline.model.verdict import ExceptionRecord, ExceptionStatus, Verdict
from pipeline.policy.model import Policy, PolicyException

_NOT_JUDGED: Final = "not judged"


class _Entry:
    """One exception over all runs."""

    def __init__(self, repository: str, said: PolicyException) -> None:
        self.repository = repository
        self.said = said
        self.approvers: set[str] = set()
        self.events: list[Event] = []
        self.last: ExceptionRecord | None = None
        self._now: dict[str, str] = {}

    def add(self, day: str, environment: str, record: ExceptionRecord) -> None:
        """Note what a run says. One that it is not meant for says nothing of it."""
        elsewhere = environment not in self.said.environments
        if elsewhere and record.status is ExceptionStatus.UNUSED:
            return
        self.last = record
        self.approvers.update(record.approved_by)
        if self._now.get(environment) != record.status.value:
            self._now[environment] = record.status.value
            self.events.append(
                Event(
                    day=day,
                    environment=environment,
                    status=record.status.value,
                    reason=record.reason,
                )
            )

    def row(self) -> ExceptionRow:
        """Return it as the register has it."""
        said, last = self.said, self.last
        return ExceptionRow(
            repository=self.repository,
            id=said.id,
            type=said.type,
            target=target_of(said),
            rules=said.rules,
            environments=said.environments,
            owner=said.owner,
            requester=said.requester,
            approvers=tuple(sorted(self.approvers)),
            ticket=said.ticket,
            reason=said.reason,
            compensating_controls=said.compensating_controls,
            created=said.created.isoformat(),
            expires=said.expires.isoformat(),
            renewals=said.renewals,
            supersedes=said.supersedes or "",
            status=last.status.value if last else _NOT_JUDGED,
            matches=last.matches if last else 0,
            digest=said.digest,
            events=tuple(self.events),
        )


class Register:
    """Every exception that a policy of the window holds, by repository and file."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], _Entry] = {}
        self._glass: dict[tuple[str, str, str, str], BreakGlassRow] = {}

    def add(self, place: Place, verdict: Verdict, policy: Policy | None) -> None:
        """Take in a run: its policy's exceptions with what the verdict says of each."""
        records = {one.id: one for one in verdict.exceptions}
        for said in policy.exceptions if policy else ():
            entry = self._entry(place.repository, said)
            if said.id in records:
                entry.add(place.day, verdict.environment, records[said.id])
        for one in verdict.break_glass:
            key = (place.repository, one.id, one.status, one.reason)
            row = BreakGlassRow(
                repository=place.repository,
                id=one.id,
                day=place.day,
                commit=one.commit,
                status=one.status,
                reason=one.reason,
                requester=one.requester,
                approvers=one.approved_by,
                expires=one.expires,
                verdict=verdict.verdict.value,
                bundle=place.name,
            )
            self._glass.setdefault(key, row)

    def also(self, repository: str, policy: Policy) -> None:
        """Take in a policy that no run of the window may have judged by."""
        for said in policy.exceptions:
            if not any(key[1:] == (said.id, said.digest) for key in self._entries):
                self._entry(repository, said)

    def rows(self) -> tuple[ExceptionRow, ...]:
        """Return the register, by repository and id; an edited file is a row of its own."""
        return tuple(self._entries[key].row() for key in sorted(self._entries))

    def break_glass(self) -> tuple[BreakGlassRow, ...]:
        """Return every record, once for each thing that was said of it."""
        return tuple(self._glass[key] for key in sorted(self._glass))

    def _entry(self, repository: str, said: PolicyException) -> _Entry:
        key = (repository, said.id, said.digest)
        if key not in self._entries:
            self._entries[key] = _Entry(repository, said)
        return self._entries[key]


def target_of(said: PolicyException) -> str:
    """Write what an exception speaks of in one line."""
    parts = [said.vulnerability, said.purl, said.artifact and f"in {said.artifact}"]
    parts += [said.match_key and f"match_key {said.match_key}"]
    parts += [f"paths {' '.join(said.paths)}" if said.paths else None]
    return " ".join(part for part in parts if part)
