"""Takes in the bundles of a window one by one, and makes the export of what they prove."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec

from pipeline.audit import controls, problems, remediation, runs
from pipeline.audit.model import (
    SCHEMA,
    Audit,
    Problem,
    RoleRow,
    RunRow,
    ScannerRow,
)
from pipeline.audit.promises import Promises
from pipeline.audit.reading import Place, Window, find, load
from pipeline.audit.register import Register
from pipeline.audit.spool import Spool
from pipeline.bundle.read import Stored
from pipeline.errors import UsageError
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.model import Policy
from pipeline.runner.again import stored_policy

_POLICY: Final = "inputs/policy/"


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """What holds today, beside what the bundles hold."""

    penstock: str
    made: datetime
    policy: Policy | None = None
    """The policy that was named on the command line."""
    roles: tuple[RoleRow, ...] = ()
    roles_from: str = ""


def collect(root: Path, window: Window, now: Now, spool: Spool) -> Audit:
    """Read every bundle of a window below a folder, and say what they prove and what is missing.

    The rows of findings go to the spool, and `sla` is left empty. Raises OSError for a folder
    that cannot be listed.
    """
    found = find(root, window)
    taken = _Taken()
    taken.problems += found.problems
    until = min(window.until, now.made.date())
    for repository, places in groupby(found.places, key=attrgetter("repository")):
        tracks = remediation.Remediation(repository)
        for place in places:
            stored = load(place)
            if isinstance(stored, Problem):
                taken.problems.append(stored)
            else:
                policy = taken.add(place, stored)
                tracks.add(place, stored, policy)
        spool.add(taken.tally.counted(tracks.rows(until)))
    if now.policy is not None:
        taken.register.also(now.policy.name, now.policy)
    return _audit(taken, window, now)


class _Taken:
    """What was read so far."""

    def __init__(self) -> None:
        self.runs: list[RunRow] = []
        self.scanners: list[ScannerRow] = []
        self.problems: list[Problem] = []
        self.register = Register()
        self.tally = remediation.Tally()
        self.promises = Promises()
        self.rules: defaultdict[str, set[str]] = defaultdict(set)
        self._policies: dict[tuple[tuple[str, str], ...], Policy | None] = {}

    def add(self, place: Place, stored: Stored) -> Policy | None:
        """Take in one run, and return the policy that judged it."""
        policy = self._policy(place, stored)
        row = runs.run(place, stored)
        self.runs.append(row)
        self.scanners += runs.scanners(place, stored)
        self.problems += problems.of_run(place, stored, row)
        self.problems += _invalid(place, stored)
        self.register.add(place, stored.verdict, policy)
        self.promises.add(place, row, stored.verdict, policy)
        return policy

    def _policy(self, place: Place, stored: Stored) -> Policy | None:
        """Compile a run's policy; most runs share one."""
        key = tuple(
            (name, digest)
            for name, digest in sorted(stored.run.files.items())
            if name.startswith(_POLICY)
        )
        if key not in self._policies:
            self._policies[key] = self._compiled(place, stored)
        return self._policies[key]

    def _compiled(self, place: Place, stored: Stored) -> Policy | None:
        try:
            policy = stored_policy(stored)
        except UsageError as exc:
            self.problems.append(
                Problem(
                    kind="policy_unreadable",
                    repository=place.repository,
                    day=place.day,
                    subject=place.name,
                    detail=f"its policy is none of this version's: {exc.message}",
                )
            )
            return None
        for rule in policy.rules:
            for control in rule.controls:
                self.rules[control].add(rule.id)
        return policy


def _invalid(place: Place, stored: Stored) -> Iterator[Problem]:
    for one in stored.verdict.exceptions:
        if one.status is ExceptionStatus.INVALID:
            yield Problem(
                kind="exception_invalid",
                repository=place.repository,
                day=place.day,
                subject=one.id,
                detail=one.reason,
            )


def _audit(taken: _Taken, window: Window, now: Now) -> Audit:
    rows = tuple(sorted(taken.runs, key=lambda one: (one.started, one.bundle)))
    kpis = taken.promises.rows()
    register, glass = taken.register.rows(), taken.register.break_glass()
    today = now.made.date()
    ended = msgspec.structs.replace(window, until=min(window.until, today - timedelta(days=1)))
    every = [
        *_first_only(taken.problems),
        *problems.of_weeks(ended, rows),
        *problems.of_verdicts(rows),
        *problems.of_exceptions(register, glass),
        *problems.of_promises(kpis),
        *problems.of_remediation(taken.tally.overdue()),
    ]
    if not rows:
        told = f"no run between {window.since} and {window.until}"
        every.append(Problem(kind="no_runs", repository="", day="", subject="", detail=told))
    damaged = any(one.kind in ("damaged_bundle", "no_runs") for one in every)
    return Audit(
        schema=SCHEMA,
        penstock=now.penstock,
        made=now.made.isoformat().replace("+00:00", "Z"),
        since=window.since.isoformat(),
        until=window.until.isoformat(),
        complete=not damaged,
        bundles=len(rows),
        kpis=kpis,
        controls=controls.rows(_counts(taken, rows, now), taken.rules, _blamed(every)),
        problems=tuple(sorted(every)),
        runs=rows,
        scanners=tuple(sorted(taken.scanners, key=lambda one: (one.started, one.bundle))),
        exceptions=register,
        break_glass=glass,
        sla_summary=taken.tally.summary(),
        roles=now.roles,
        roles_from=now.roles_from,
        sla=(),
    )


def _first_only(found: Iterable[Problem]) -> Iterator[Problem]:
    """Name an exception that cannot be used on the first day only, not once for every run."""
    seen: set[tuple[str, str]] = set()
    for one in found:
        if one.kind == "exception_invalid":
            if (one.repository, one.subject) in seen:
                continue
            seen.add((one.repository, one.subject))
        yield one


def _counts(taken: _Taken, rows: tuple[RunRow, ...], now: Now) -> Mapping[str, int]:
    return {
        "scans": len(rows),
        "inventory": sum(row.sboms > 0 for row in rows),
        "policies": len({row.policy_digest for row in rows}),
        "verdicts": len(rows),
        "exceptions": len(taken.register.rows()),
        "remediation": taken.tally.total,
        "exploited": taken.tally.exploited,
        "roles": len(now.roles),
        "secrets": sum(
            row.stage == "secrets" and row.outcome == "completed" for row in taken.scanners
        ),
    }


_BLAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "damaged_bundle": ("scans", "inventory", "verdicts", "secrets"),
    "no_runs": ("scans", "inventory", "verdicts", "secrets"),
    "weekly_missing": ("scans",),
    "weekly_inconclusive": ("scans",),
    "interrupted": ("scans",),
    "untrusted_policy": ("policies", "verdicts"),
    "demo": ("scans",),
    "imported": ("scans",),
    "as_of": ("scans",),
    "differing_verdicts": ("verdicts",),
    "policy_unreadable": ("policies",),
    "exception_unapproved": ("exceptions",),
    "exception_invalid": ("exceptions",),
    "break_glass": ("exceptions",),
    "kpi_missed": ("exceptions", "remediation"),
    "overdue": ("remediation",),
}
"""Which kinds of evidence a problem takes weight from."""


def _blamed(every: Iterable[Problem]) -> Mapping[str, int]:
    return Counter(kind for one in every for kind in _BLAMES.get(one.kind, ()))
