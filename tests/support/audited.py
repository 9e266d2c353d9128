"""A quarter of a repository's runs in few words, and its export."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.audit.collect import Now, collect
from pipeline.audit.files import FORMATS
from pipeline.audit.model import Audit
from pipeline.audit.reading import Window
from pipeline.audit.spool import Spool
from pipeline.model.artifact import Tool, sha256_file
from pipeline.model.finding import Finding
from pipeline.model.outcome import Outcome
from pipeline.model.verdict import Subject
from pipeline.policy.case import Case
from pipeline.policy.loading.load import load
from pipeline.stages import STAGES
from tests.support import bundles
from tests.support.judging import answers, case, exception, feed, gate

TODAY: Final = datetime(2026, 12, 31, 12, tzinfo=UTC)
MONTH: Final = Window(since=date(2026, 11, 2), until=date(2026, 11, 29))
"""Four whole weeks."""
RULES: Final = """
  - {id: R-HIGH, title: No critical or high, match: {severity: [critical, high]}, effect: fail,
     controls: [SOC2-CC7.1, ACME-7]}
"""
BUDGETS: Final = """
  - {id: BUD-1, title: Few exceptions, count: exceptions_active, lt: 2, effect: fail}
  - {id: BUD-2, title: None, count: findings_critical_raw, lt: 1, effect: fail, in: [weekly]}
"""
SLA: Final = "{clock: first_seen, days: {P0: 3, P1: 14, P2: 60, P3: 180}}"


def files(*exceptions: bytes, **sections: str) -> dict[str, bytes]:
    """Return the bytes of a policy with rules, promises, clocks and these exceptions."""
    usual = {"rules": RULES, "budgets": BUDGETS, "sla": SLA}
    made = {"gate.yaml": gate(**{**usual, **sections})}
    for text in exceptions:
        ident = next(line for line in text.decode().splitlines() if line.startswith("id: "))
        made[f"exceptions/{ident[4:]}.yaml"] = text
    return made


def at(
    day: str,
    *findings: Finding,
    env: str = "weekly",
    policy: Mapping[str, bytes] | None = None,
    trusted: bool = True,
    commit: str = "c" * 40,
    outcomes: Mapping[str, Outcome] | None = None,
    **fields: Any,
) -> tuple[Case, Mapping[str, bytes]]:
    """Return a case of a day at noon, and the bytes of its policy."""
    chosen = policy or files()
    loaded = load(chosen, stages=tuple(STAGES), where="policies")
    tool = Tool(name="semgrep", version="1.182.0", path="/t", sha256="ab" * 32, locked=True)
    data = (feed(updated=f"{day}T06:00:00Z"),)
    stages = tuple(
        msgspec.structs.replace(one, tools=(tool,), feeds=data) for one in answers(**outcomes or {})
    )
    now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    subject = Subject(commit=commit, tree=None, dirty=False, images=())
    made = case(loaded, *findings, env=env, now=now, subject=subject, stages=stages, **fields)
    source = msgspec.structs.replace(made.source, trusted=trusted)
    return msgspec.structs.replace(made, source=source), chosen


def run(root: Path, day: str, *findings: Finding, name: str = "", **fields: Any) -> Path:
    """Write the bundle of a run."""
    extra = {key: fields.pop(key) for key in ("target", "interrupted", "started") if key in fields}
    judged, chosen = at(day, *findings, **fields)
    return bundles.write(root / (name or f"{judged.environment}-{day}"), judged, chosen, **extra)


def weeks(root: Path, *findings: Finding, **fields: Any) -> None:
    """Write a weekly run for each of the four weeks."""
    for day in ("2026-11-04", "2026-11-11", "2026-11-18", "2026-11-25"):
        run(root, day, *findings, **fields)


def export(root: Path, window: Window = MONTH, **fields: Any) -> Audit:
    """Make the export of a folder."""
    usual: dict[str, Any] = {"penstock": "0.1.0", "made": TODAY}
    rows = Spool(io.BytesIO())
    made = collect(root, window, Now(**{**usual, **fields}), rows)
    return msgspec.structs.replace(made, sla=tuple(rows))


def formatted(name: str, audit: Audit) -> dict[str, bytes]:
    """Return the files of a format."""
    whole = msgspec.structs.replace(audit, sla=())
    return {file: b"".join(pieces) for file, pieces in FORMATS[name](whole, audit.sla)}


def kinds(audit: Audit) -> list[str]:
    """Return the kinds of its problems, each once."""
    return sorted({one.kind for one in audit.problems})


def altered(folder: Path, name: str, **fields: object) -> None:
    """Write other values into a file of a bundle, as a run that had them would."""
    file, listed = folder / name, folder / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))
    if name != "run.json":
        run_file = json.loads(listed.read_text())
        run_file["files"][name] = sha256_file(file)
        listed.write_text(json.dumps(run_file))


__all__ = [
    "MONTH",
    "TODAY",
    "altered",
    "at",
    "exception",
    "export",
    "files",
    "formatted",
    "kinds",
    "run",
    "weeks",
]
