"""An import on one screen: read, enrich, judge, and leave a bundle as a run does."""

from collections.abc import Callable, Mapping
from typing import IO, Final

import msgspec

from pipeline import __version__
from pipeline.bundle.place import place
from pipeline.bundle.write import files_of
from pipeline.config.base import repository_of
from pipeline.config.settings import Settings
from pipeline.config.trust import source_of
from pipeline.enrich.run import enrich
from pipeline.errors import UsageError
from pipeline.inventory import listing
from pipeline.model.artifact import sha256_of
from pipeline.model.finding import Finding, Kind
from pipeline.model.outcome import Completed, StageEvidence, StageResult
from pipeline.model.record import RunRecord, readable
from pipeline.model.verdict import Subject
from pipeline.plan.make import Asked, enriching
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.report.files import bundle_reports
from pipeline.runner import knowledge
from pipeline.runner.again import due_days
from pipeline.runner.approvals import with_approvals
from pipeline.runner.elsewhere import Read, Said, other_commit, read
from pipeline.runner.run import facts_of, when
from pipeline.stages import STAGES

_LATER: Final[Mapping[str, Kind]] = {
    "routes": Kind.SAST,
    "headers": Kind.DAST,
    "tls": Kind.DAST,
    "api": Kind.DAST,
}
"""Stages that a policy may name and that this version cannot run itself."""
_NO_REPORT: Final = "sbom"
"""What this stage answers is a list of components, and no report about them."""
STAGES_TO_IMPORT: Final = tuple(n for n in (*STAGES, *_LATER) if n != _NO_REPORT)


def run(asked: Asked, said: Said, *, stdin: IO[bytes], elapsed: Callable[[], float]) -> RunRecord:
    """Judge reports that were made elsewhere. Returns what reports show."""
    settings = asked.settings
    _refuse_unnamed(asked, said.stage)
    kind = _LATER[said.stage] if said.stage in _LATER else STAGES[said.stage].KIND
    found: list[Finding] = []
    most = asked.policy.demands.max_report_mb << 20
    answer = read(said, kind, most=most, stdin=stdin, found=found.append)
    subject = _subject(settings)
    evidence = _of_this(answer, subject.commit)
    told = knowledge.read(enriching(asked), found)
    known = msgspec.structs.replace(told.knowledge, exposures=settings.exposures)
    case = Case(
        policy=asked.policy,
        source=source_of(settings, asked.policy, asked.policy_files),
        environment=settings.environment,
        now=settings.now,
        subject=subject,
        stages=(evidence,),
        findings=enrich(found, known),
        gaps=asked.gaps,
        feeds=told.feeds,
        feed_faults=told.faults,
        exposures=settings.exposures,
    )
    case = with_approvals(case, asked.policy_files, repository=repository_of(settings.target))
    result = StageResult(evidence=evidence, targets=answer.targets)
    return _kept(asked, case, result, elapsed)


def _kept(asked: Asked, case: Case, result: StageResult, elapsed: Callable[[], float]) -> RunRecord:
    settings = asked.settings
    judged = judge(case)
    record = RunRecord(
        penstock=__version__,
        target=readable(str(settings.target)),
        started=when(settings.now),
        seconds=elapsed(),
        settings=settings.origins,
        results=(result,),
        gaps=case.gaps,
        findings=judged.findings,
        verdict=judged.verdict,
        required=judged.required,
        interrupted=False,
        bundle=readable(str(settings.out)),
        origin="imported",
        due=due_days(judged.findings, asked.policy),
    )
    files = files_of(
        record,
        judged_by=facts_of(case),
        policy=asked.policy_files.files,
        raw={},
        reports=bundle_reports(record),
        inventory=sha256_of(msgspec.json.encode(result.evidence.imported)),
    )
    place(settings.out, files)
    return record


def _refuse_unnamed(asked: Asked, stage: str) -> None:
    if stage not in asked.policy.required(asked.settings.environment):
        raise UsageError(
            f"the policy does not name the stage {stage}",
            hint=f"say in evidence.stages what is asked of {stage}",
        )


def _of_this(answer: Read, commit: str | None) -> StageEvidence:
    """Add what speaks against believing that the reports are of what is judged."""
    evidence = answer.evidence
    outcome = evidence.outcome
    gaps = tuple(other_commit(answer, commit, evidence.stage))
    if not gaps or not isinstance(outcome, Completed):
        return evidence
    outcome = msgspec.structs.replace(outcome, gaps=(*outcome.gaps, *gaps))
    return msgspec.structs.replace(evidence, outcome=outcome)


def _subject(settings: Settings) -> Subject:
    """Name the commit that is checked out here: the reports may say that they are of another."""
    if repository_of(settings.target) is None:
        return Subject(commit=None, tree=None, dirty=None, images=())
    listed = listing.take(settings.root.resolve(), (settings.out,))
    return Subject(commit=listed.commit, tree=listed.tree, dirty=listed.dirty, images=())
