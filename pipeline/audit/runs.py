"""One row for every run and every stage of it, whatever came of them."""

from collections.abc import Iterator
from typing import assert_never

from pipeline.audit.model import RunRow, ScannerRow
from pipeline.audit.reading import Place
from pipeline.bundle.read import Stored
from pipeline.model.artifact import Feed, Tool
from pipeline.model.outcome import Completed, Failed, Skipped, StageEvidence
from pipeline.model.severity import Severity

_ENRICHMENT = "enrichment"


def run(place: Place, stored: Stored) -> RunRow:
    """Return the row of a run."""
    verdict = stored.verdict
    return RunRow(
        repository=place.repository,
        environment=verdict.environment,
        started=instant(place),
        commit=verdict.subject.commit or "",
        images=verdict.subject.images,
        verdict=verdict.verdict.value,
        exit_code=verdict.exit_code,
        breaches=len(verdict.breaches),
        warnings=len(verdict.warnings),
        unanswered=len(verdict.unanswered),
        excepted=len(verdict.excepted),
        criticals=sum(one.severity is Severity.CRITICAL for one in stored.findings),
        policy=verdict.policy.name,
        policy_digest=verdict.policy.digest,
        policy_source=verdict.policy.source,
        policy_trusted=verdict.policy.trusted,
        interrupted=stored.run.interrupted,
        demo=verdict.demo,
        origin=stored.run.origin,
        penstock=stored.run.penstock,
        sboms=sum(name.startswith("sbom/") for name in stored.run.files),
        bundle=place.name,
        run_digest=place.digest,
    )


def scanners(place: Place, stored: Stored) -> Iterator[ScannerRow]:
    """Return a row for each stage, and one for the data that findings were enriched with."""
    required = dict(stored.required)
    for evidence in stored.stages:
        outcome, reason, answered, gaps, canary = _ended(evidence)
        yield ScannerRow(
            repository=place.repository,
            environment=stored.verdict.environment,
            started=instant(place),
            stage=evidence.stage,
            required=required[evidence.stage],
            outcome=outcome,
            reason=reason,
            asked=evidence.outcome.asked,
            answered=answered,
            gaps=gaps,
            canary=canary,
            tools=tuple(map(_tool, evidence.tools)),
            feeds=tuple(map(_feed, evidence.feeds)),
            bundle=place.name,
        )
    if stored.facts.feeds or stored.facts.feed_faults:
        faults = stored.facts.feed_faults
        yield ScannerRow(
            repository=place.repository,
            environment=stored.verdict.environment,
            started=instant(place),
            stage=_ENRICHMENT,
            required="",
            outcome="failed" if faults else "completed",
            reason=" ".join(sorted({one.reason.value for one in faults})),
            asked=len(stored.facts.feeds) + len(faults),
            answered=len(stored.facts.feeds),
            gaps=len(faults),
            canary="none",
            tools=(),
            feeds=tuple(map(_feed, stored.facts.feeds)),
            bundle=place.name,
        )


def instant(place: Place) -> str:
    """Write when a bundle's run started."""
    return place.started.isoformat().replace("+00:00", "Z")


def _ended(evidence: StageEvidence) -> tuple[str, str, int, int, str]:
    outcome = evidence.outcome
    match outcome:
        case Completed():
            return "completed", "", outcome.answered, len(outcome.gaps), outcome.canary.value
        case Failed():
            return "failed", outcome.reason.value, 0, len(outcome.gaps), "none"
        case Skipped():
            return "skipped", outcome.why.value, 0, 0, "none"
        case _:
            assert_never(outcome)


def _tool(one: Tool) -> str:
    return f"{one.name} {one.version} {one.sha256}{'' if one.locked else ' unlocked'}"


def _feed(one: Feed) -> str:
    return f"{one.name} {one.digest} {one.updated}{' excerpt' if one.excerpt else ''}"
