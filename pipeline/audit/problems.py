"""What an auditor would ask about, found before they do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from pipeline.audit import weeks
from pipeline.audit.model import (
    BreakGlassRow,
    ExceptionRow,
    Kpi,
    Problem,
    ProblemKind,
    RunRow,
    SlaRow,
)
from pipeline.audit.promises import WEEKLY
from pipeline.audit.reading import Place, Window
from pipeline.audit.remediation import PROTECTED
from pipeline.bundle.read import Stored

_SKEW = timedelta(minutes=10)


def of_run(place: Place, stored: Stored, row: RunRow) -> Iterator[Problem]:
    """Say what takes weight from a run as evidence."""

    def found(kind: ProblemKind, detail: str) -> Problem:
        return Problem(
            kind=kind,
            repository=place.repository,
            day=place.day,
            subject=place.name,
            detail=detail,
        )

    if row.interrupted:
        yield found("interrupted", "the run was interrupted: it is partial evidence")
    if row.environment in PROTECTED and not row.policy_trusted:
        yield found("untrusted_policy", f"judged by {row.policy_source}, which anybody may change")
    if row.environment in PROTECTED and row.demo:
        yield found("demo", "an excerpt of a feed was accepted")
    if row.origin != "own":
        yield found("imported", "other programs made this evidence")
    if abs(stored.facts.now - place.started) > _SKEW:
        at = stored.facts.now.isoformat()
        yield found("as_of", f"it ran at {row.started} and was judged as of {at}")


def of_weeks(window: Window, rows: Iterable[RunRow]) -> Iterator[Problem]:
    """Name every week without a weekly run, and those whose runs proved nothing."""
    ran: defaultdict[str, list[tuple[date, bool]]] = defaultdict(list)
    for row in rows:
        every = ran[row.repository]
        if row.environment == WEEKLY:
            every.append((date.fromisoformat(row.started[:10]), row.unanswered == 0))
    for repository in sorted(ran):
        for monday in weeks.missing(
            window.since, window.until, (day for day, _ in ran[repository])
        ):
            yield _week("weekly_missing", repository, monday, "no weekly run")
        by_week: defaultdict[date, set[bool]] = defaultdict(set)
        for day, whole in ran[repository]:
            by_week[weeks.monday_of(day)].add(whole)
        for monday in sorted(by_week):
            if True not in by_week[monday]:
                told = "every weekly run left something unanswered"
                yield _week("weekly_inconclusive", repository, monday, told)


def of_verdicts(rows: Iterable[RunRow]) -> Iterator[Problem]:
    """Name the commits that one policy judged in two ways on one day.

    Later the world may know more; on one day somebody may have chosen the nicer answer.
    """
    judged: defaultdict[tuple[str, ...], dict[str, RunRow]] = defaultdict(dict)
    for row in rows:
        if row.commit:
            day = row.started[:10]
            key = (row.repository, row.environment, row.commit, row.policy_digest, day)
            judged[key].setdefault(row.verdict, row)
    for (repository, environment, commit, _, day), verdicts in sorted(judged.items()):
        if len(verdicts) > 1:
            words = ", ".join(f"{word} in {row.bundle}" for word, row in sorted(verdicts.items()))
            yield Problem(
                kind="differing_verdicts",
                repository=repository,
                day=day,
                subject=commit,
                detail=f"{environment}: {words}",
            )


def of_exceptions(
    rows: Iterable[ExceptionRow], glass: Iterable[BreakGlassRow]
) -> Iterator[Problem]:
    """Name exceptions without approval, and every break-glass record."""
    for row in rows:
        if row.status == "unapproved":
            detail = row.events[-1].reason if row.events else ""
            yield Problem(
                kind="exception_unapproved",
                repository=row.repository,
                day=row.created,
                subject=row.id,
                detail=detail,
            )
    for one in glass:
        people = ", ".join(one.approvers) or "nobody"
        yield Problem(
            kind="break_glass",
            repository=one.repository,
            day=one.day,
            subject=one.id,
            detail=f"{one.status} beside {one.verdict}, approved by {people}: {one.reason}",
        )


def of_promises(kpis: Iterable[Kpi]) -> Iterator[Problem]:
    """Name the numbers that were not kept; weeks that prove nothing are named as weeks."""
    for one in kpis:
        if not (one.met or one.below):
            yield Problem(
                kind="kpi_missed",
                repository=one.repository,
                day=one.day,
                subject=one.name,
                detail=f"{one.value}, and it must stay below {one.limit}",
            )


def of_remediation(overdue: Iterable[tuple[int, SlaRow]]) -> Iterator[Problem]:
    """Say how many findings are open past their due day, and name the worst."""
    for count, worst in overdue:
        where = worst.purl or worst.target
        told = f"{count} open past the due day, the worst {worst.days_over} days: {worst.rule}"
        yield Problem(
            kind="overdue",
            repository=worst.repository,
            day=worst.due,
            subject=f"{worst.priority} findings",
            detail=f"{told} in {where}",
        )


def _week(kind: ProblemKind, repository: str, monday: date, detail: str) -> Problem:
    return Problem(
        kind=kind,
        repository=repository,
        day=monday.isoformat(),
        subject=weeks.name(monday),
        detail=detail,
    )
