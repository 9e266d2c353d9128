"""An import on one screen: read, enrich, judge, and leave a bundle as a run does."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline import __version__
from pipeline.bundle.place import beside, place
from pipeline.bundle.write import files_of
from pipeline.config.base import repository_of
from pipeline.config.outside import feed_gaps
from pipeline.config.settings import Settings
from pipeline.config.trust import source_of
from pipeline.enrich.run import enrich
from pipeline.errors import PenstockError, UsageError
from pipeline.inventory import listing
from pipeline.model import quiet
from pipeline.model.artifact import sha256_of
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap
from pipeline.model.knowledge import Knowledge
from pipeline.model.opaque import packed
from pipeline.model.outcome import Completed, StageEvidence, StageResult
from pipeline.model.record import RunRecord, readable
from pipeline.model.verdict import Subject, Verdict
from pipeline.plan.make import Asked, enriching
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.report.files import bundle_reports
from pipeline.runner import knowledge, many
from pipeline.runner.again import due_days
from pipeline.runner.approvals import with_approvals
from pipeline.runner.elsewhere import Read, Said, other_commit, read, tracked
from pipeline.runner.gathered import Gathered
from pipeline.runner.many import Written
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


def run(asked: Asked, said: Said, *, elapsed: Callable[[], float]) -> RunRecord:
    """Judge reports that were made elsewhere, and leave their bundle in its place."""
    out = asked.settings.out
    _refuse_unnamed(asked, said.stage)
    kind = _LATER[said.stage] if said.stage in _LATER else STAGES[said.stage].KIND
    most = asked.policy.demands.max_report_mb << 20
    with beside(out, "import") as folder:
        gathered = Gathered(folder)
        try:
            root = asked.settings.root
            answer = read(said, kind, root=root, most=most, found=gathered.add)
            case, result = _case(asked, said, answer, gathered.findings)
            if gathered.spool is None:
                return _few(asked, case, result, elapsed)
            lines = _enriched(_once(gathered.spool.sorted()), asked.settings)
            written = many.write(case, lines, folder)
            return _many(asked, case, result, written, elapsed)
        finally:
            gathered.close()


def _case(asked: Asked, said: Said, answer: Read, found: list[Finding]) -> tuple[Case, StageResult]:
    settings = asked.settings
    subject = _subject(settings)
    repository = repository_of(settings.target)
    doubts = (*other_commit(answer, subject.commit, said.stage), *tracked(said))
    evidence = quiet.told(_doubted(answer.evidence, doubts))
    feeds = enriching(asked)
    told = knowledge.read(feeds, found)
    known = msgspec.structs.replace(told.knowledge, exposures=settings.exposures)
    case = Case(
        policy=asked.policy,
        source=source_of(settings, asked.policy, asked.policy_files),
        environment=settings.environment,
        now=settings.now,
        subject=subject,
        stages=(evidence,),
        findings=enrich(found, known),
        gaps=quiet.told((*asked.gaps, *feed_gaps(asked.pins, feeds))),
        feeds=told.feeds,
        feed_faults=told.faults,
        exposures=settings.exposures,
    )
    case = with_approvals(case, asked.policy_files, repository=repository)
    return case, StageResult(evidence=evidence, targets=quiet.record(answer.targets))


def _once(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Refuse findings that several reports have: joining them would take all of them in memory."""
    before = b""
    for line in lines:
        ident, _, _ = line.partition(b",")
        if ident == before:
            raise PenstockError(
                "two of these reports have one finding, and they are too long to be joined",
                hint="import each into a bundle of its own",
            )
        before = ident
        yield line


def _enriched(lines: Iterator[bytes], settings: Settings) -> Iterator[bytes]:
    """Add who can reach what, which is all that is known of findings that are no advisories."""
    if not settings.exposures:
        return lines
    known = Knowledge(exposures=settings.exposures)
    decode, encode = msgspec.json.Decoder(Finding).decode, msgspec.json.Encoder().encode
    return (encode(one) for line in lines for one in enrich([decode(line)], known))


def _few(asked: Asked, case: Case, result: StageResult, elapsed: Callable[[], float]) -> RunRecord:
    judged = judge(case)
    record = msgspec.structs.replace(
        _record(asked, case, result, judged.verdict, elapsed),
        findings=judged.findings,
        due=due_days(judged.findings, asked.policy),
    )
    _place(asked, case, record)
    return record


def _many(
    asked: Asked,
    case: Case,
    result: StageResult,
    written: Written,
    elapsed: Callable[[], float],
) -> RunRecord:
    record = msgspec.structs.replace(
        _record(asked, case, result, written.verdict, elapsed),
        findings=written.worst,
        due=due_days(written.worst, asked.policy),
        sums=written.sums,
    )
    _place(asked, case, record, written=written.files)
    return record


def _record(
    asked: Asked, case: Case, result: StageResult, verdict: Verdict, elapsed: Callable[[], float]
) -> RunRecord:
    settings = asked.settings
    return RunRecord(
        penstock=__version__,
        target=packed(readable(str(settings.target))),
        started=when(settings.now),
        seconds=elapsed(),
        settings=quiet.record(settings.origins),
        results=(result,),
        gaps=case.gaps,
        findings=(),
        verdict=verdict,
        required=tuple(case.policy.required(case.environment).items()),
        interrupted=False,
        bundle=readable(str(settings.out)),
        origin="imported",
    )


def _place(
    asked: Asked,
    case: Case,
    record: RunRecord,
    *,
    written: Mapping[str, tuple[Path, str]] | None = None,
) -> None:
    long = written or {}
    files = files_of(
        record,
        judged_by=facts_of(case),
        policy=asked.policy_files.files,
        raw={},
        reports=bundle_reports(record),
        inventory=sha256_of(msgspec.json.encode(record.results[0].evidence.imported)),
        written={name: digest for name, (_, digest) in long.items()},
    )
    place(asked.settings.out, {**files, **{name: path for name, (path, _) in long.items()}})


def _refuse_unnamed(asked: Asked, stage: str) -> None:
    if stage not in asked.policy.required(asked.settings.environment):
        raise UsageError(
            f"the policy does not name the stage {stage}",
            hint=f"say in evidence.stages what is asked of {stage}",
        )


def _doubted(evidence: StageEvidence, gaps: tuple[Gap, ...]) -> StageEvidence:
    """Add what speaks against believing that the reports are of what is judged."""
    outcome = evidence.outcome
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
