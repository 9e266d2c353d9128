"""The run on one screen: scan, enrich, judge, record."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pipeline import __version__
from pipeline.bundle.facts import Facts
from pipeline.bundle.place import place
from pipeline.bundle.write import files_of
from pipeline.config.base import repository_of
from pipeline.config.trust import source_of
from pipeline.enrich.run import enrich
from pipeline.model import quiet
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Image, Inventory
from pipeline.model.opaque import packed
from pipeline.model.record import RunRecord, readable
from pipeline.model.verdict import Subject
from pipeline.plan.make import Asked, make
from pipeline.plan.model import Plan
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.report.files import bundle_reports
from pipeline.runner import knowledge, meanwhile, remember
from pipeline.runner.again import due_days
from pipeline.runner.approvals import with_approvals
from pipeline.runner.fewer import fewer
from pipeline.runner.scan import Scanned, scan
from pipeline.stages import STAGES
from pipeline.watch import Watcher


def run(
    asked: Asked,
    *,
    workspace: Path,
    stop: threading.Event,
    watcher: Watcher,
    elapsed: Callable[[], float],
    shown: Callable[[], float],
) -> RunRecord:
    """Plan, scan, judge, and leave the evidence bundle in its place. Returns what reports show.

    `elapsed` says how many seconds passed, `shown` how many the clock says did.
    """
    plan = make(asked, workspace=workspace)
    scanned = scan(plan, stop=stop, watcher=watcher)
    interrupted = stop.is_set()
    changed = meanwhile.gaps(plan, elapsed=elapsed(), shown=shown())
    plan = msgspec.structs.replace(plan, gaps=(*plan.gaps, *changed))
    settings = plan.settings
    case = with_approvals(
        case_of(plan, scanned, interrupted=interrupted),
        plan.policy_files,
        repository=repository_of(settings.target),
    )
    less = fewer(plan, remember.looked_at(settings, key=asked.hmac_key))
    found = (*case.findings, *less.findings)
    past = remember.recall(plan.settings, found, case.stages, key=asked.hmac_key)
    gaps = (*case.gaps, *less.gaps, *past.gaps)
    case = msgspec.structs.replace(case, findings=past.findings, gaps=gaps)
    judged = judge(case)
    record = RunRecord(
        penstock=__version__,
        target=packed(readable(str(settings.target))),
        started=when(settings.now),
        seconds=elapsed(),
        settings=quiet.record(settings.origins),
        results=scanned.results,
        gaps=case.gaps,
        findings=judged.findings,
        verdict=judged.verdict,
        required=judged.required,
        interrupted=interrupted,
        bundle=readable(str(settings.out)),
        due=due_days(judged.findings, plan.policy),
        history=past.note,
    )
    files = files_of(
        record,
        judged_by=facts_of(case),
        policy=plan.policy_files.files,
        raw=_raw(scanned),
        reports=bundle_reports(record),
        inventory=plan.inventory.digest,
    )
    place(settings.out, files)
    notes = remember.keep(settings, plan.policy, record, less, key=asked.hmac_key)
    return msgspec.structs.replace(record, notes=notes)


def case_of(plan: Plan, scanned: Scanned, *, interrupted: bool) -> Case:
    """Gather what a verdict depends on, and nothing else."""
    settings = plan.settings
    found = tuple(finding for one in scanned.results for finding in one.findings)
    told = knowledge.read(plan.feeds, found)
    known = msgspec.structs.replace(told.knowledge, exposures=settings.exposures)
    stopped = Gap(stage=None, target=None, reason=GapReason.INTERRUPTED, detail="stopped by hand")
    return Case(
        policy=plan.policy,
        source=source_of(settings, plan.policy, plan.policy_files),
        environment=settings.environment,
        now=settings.now,
        subject=subject_of(plan.inventory),
        stages=tuple(result.evidence for result in scanned.results),
        findings=enrich(found, known),
        gaps=quiet.told((*plan.gaps, stopped) if interrupted else plan.gaps),
        feeds=told.feeds,
        feed_faults=told.faults,
        exposures=settings.exposures,
    )


def facts_of(case: Case) -> Facts:
    """Keep what the gate was told, so that it can be told again."""
    return Facts(
        schema="penstock/facts@1",
        environment=case.environment,
        now=case.now,
        subject=case.subject,
        source=case.source,
        gaps=case.gaps,
        feeds=case.feeds,
        feed_faults=case.feed_faults,
        exposures=case.exposures,
        signatures=case.signatures,
        authors=case.authors,
    )


def subject_of(inventory: Inventory) -> Subject:
    """Name what is judged: the commit and every image that could be verified."""
    return Subject(
        commit=inventory.commit,
        tree=inventory.tree,
        dirty=inventory.dirty,
        images=tuple(
            sorted(one.manifest_digest for one in inventory.images if isinstance(one, Image))
        ),
    )


def when(instant: datetime) -> str:
    """Write an instant as every file of a bundle does: RFC 3339, UTC, whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _raw(scanned: Scanned) -> Mapping[str, bytes]:
    """Return what each tool wrote, with secrets taken out, by path below `raw/`."""
    files: dict[str, bytes] = {}
    for label, report in scanned.reports.items():
        owner = scanned.owners[label]
        files[f"{owner}/{label}.report"] = quiet.report(STAGES[owner].redact(report.data))
        if log := quiet.log(STAGES[owner].redact_log(report.stderr)):
            files[f"{owner}/{label}.stderr"] = log.encode("utf-8", "backslashreplace")
    return files
