"""Writes an audit export into a folder, and says in a few lines what is in it."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline import __version__
from pipeline.audit import people
from pipeline.audit.collect import Now
from pipeline.audit.files import FORMATS
from pipeline.audit.model import Audit
from pipeline.audit.spool import Spool
from pipeline.errors import PenstockError, UsageError
from pipeline.report.escape import terminal
from pipeline.report.summary import plural

_MARK: Final = ("audit.json", "audit.md", "runs.csv")


def check_place(out: Path) -> None:
    """Refuse a place that holds something else. Raises UsageError."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is no folder", hint="choose another --out")
    if out.is_dir() and any(out.iterdir()) and not any((out / name).exists() for name in _MARK):
        raise UsageError(
            f"--out {out} holds files that are no export; they are left as they are",
            hint="choose an empty or new folder",
        )
    if not out.absolute().parent.is_dir():
        raise UsageError(f"the folder of --out {out} is not there", hint="make it first")


def today(*, policy: str | None, base: str | None, now: datetime) -> Now:
    """Read the policy that was named, with its roles. Without one nothing of today is exported."""
    if policy is None and base is None:
        return Now(penstock=__version__, made=now)
    from pipeline.cli import options, request
    from pipeline.config.settings import Flags

    flags = Flags(target=Path(), policy=policy, base=base)
    asked = request.read(flags, environment=options.surroundings(), now=now)
    broken = [gap for gap in asked.policy_files.gaps if base is not None]
    if broken:
        raise PenstockError(f"the policy at {base} cannot be used: {broken[0].detail}")
    roles = people.rows(asked.policy.roles)
    return Now(
        penstock=__version__,
        made=now,
        policy=asked.policy,
        roles=roles,
        roles_from=asked.policy_files.source if roles else "",
    )


def write(audit: Audit, sla: Spool, out: Path, formats: tuple[str, ...]) -> None:
    """Write the files of these formats. Raises PenstockError where the disk refuses."""
    try:
        out.mkdir(exist_ok=True)
        for one in formats:
            for name, pieces in FORMATS[one](audit, sla):
                with (out / name).open("wb") as file:
                    file.writelines(pieces)
    except OSError as exc:
        raise PenstockError(
            f"cannot write the export to {out}: {exc.strerror}", hint="choose another --out"
        ) from exc


def text(audit: Audit, out: Path) -> str:
    """Say what came of it: promises, what needs an answer, where it all is."""
    runs = plural(audit.bundles, "run")
    lines = [f"Audit of {audit.since} to {audit.until}: {runs}"]
    lines += [""] if audit.kpis else []
    lines += [f"  {_kpi(audit, number)}" for number in range(len(audit.kpis))]
    lines += _remediation(audit)
    if audit.problems:
        lines += ["", f"Needs an answer ({len(audit.problems)})"]
        counts = Counter(one.kind for one in audit.problems)
        first = {one.kind: one for one in reversed(audit.problems)}
        width = max(map(len, counts))
        for kind, count in sorted(counts.items()):
            shown = first[kind]
            where = " ".join(part for part in (shown.repository, shown.subject) if part)
            more = f" and {count - 1} more" if count > 1 else ""
            lines.append(f"  {count:>4}  {kind:<{width}}  {terminal(where)[:80]}{more}".rstrip())
    whole = "every bundle could be read"
    state = whole if audit.complete else "NOT COMPLETE: what is missing proves nothing"
    return "\n".join((*lines, "", f"{state}; the export is in {terminal(str(out))}", ""))


def _kpi(audit: Audit, number: int) -> str:
    one = audit.kpis[number]
    sign = "" if one.limit is None else f" {'<' if one.below else '>='} {one.limit}"
    mark = " " if one.met else "x"
    told = f"{mark} {terminal(one.repository)}  {one.name}: {one.value}{sign}  ({one.day})"
    return f"{told}; weeks that prove nothing: {one.unproven}" if one.unproven else told


def _remediation(audit: Audit) -> list[str]:
    total = sum(one.total for one in audit.sla_summary)
    if not total:
        return []
    words = {
        "closed in time": sum(one.in_time for one in audit.sla_summary),
        "closed late": sum(one.late for one in audit.sla_summary),
        "open": sum(one.open for one in audit.sla_summary),
        "overdue": sum(one.overdue for one in audit.sla_summary),
        "without a clock": sum(one.no_clock for one in audit.sla_summary),
    }
    said = ", ".join(f"{count} {word}" for word, count in words.items() if count)
    return [f"  {total} findings of protected branches: {said}"]
