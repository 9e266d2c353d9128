"""Judges a stored bundle again, without scanning."""

import msgspec

from pipeline.bundle.read import Stored
from pipeline.model.finding import Finding
from pipeline.model.outcome import StageResult
from pipeline.model.record import RunRecord
from pipeline.model.stage_names import STAGE_NAMES
from pipeline.policy.case import Case, Judgement
from pipeline.policy.judging.sla import due
from pipeline.policy.loading.load import load
from pipeline.policy.model import Policy


def stored_policy(stored: Stored) -> Policy:
    """Compile the policy whose bytes the bundle holds."""
    return load(stored.policy, stages=STAGE_NAMES, where=stored.facts.source.source)


def stored_case(stored: Stored) -> Case:
    """Gather what the bundle was judged by: its own policy, facts and instant."""
    return facts_case(stored, stored_policy(stored))


def facts_case(stored: Stored, policy: Policy) -> Case:
    """Gather the bundle's facts under a policy that was compiled before."""
    return Case(
        policy=policy,
        source=stored.facts.source,
        environment=stored.facts.environment,
        now=stored.facts.now,
        subject=stored.facts.subject,
        stages=stored.stages,
        findings=stored.findings,
        gaps=stored.facts.gaps,
        feeds=stored.facts.feeds,
        feed_faults=stored.facts.feed_faults,
        exposures=stored.facts.exposures,
        signatures=stored.facts.signatures,
        authors=stored.facts.authors,
    )


def record_of(stored: Stored, judged: Judgement, policy: Policy) -> RunRecord:
    """Make the record that reports show from what the bundle holds and a new judgement.

    `policy` is the one that judged, which need not be the bundle's.
    """
    costs = {cost.stage: cost.processes for cost in stored.run.stages}
    return RunRecord(
        penstock=stored.run.penstock,
        target=stored.run.target,
        started=stored.run.started,
        seconds=stored.run.seconds,
        settings=stored.run.settings,
        results=tuple(
            StageResult(evidence=evidence, usage=costs.get(evidence.stage, ()))
            for evidence in stored.stages
        ),
        gaps=stored.facts.gaps,
        findings=judged.findings,
        verdict=judged.verdict,
        required=judged.required,
        interrupted=stored.run.interrupted,
        bundle=str(stored.path),
        origin=stored.run.origin,
        due=due_days(judged.findings, policy),
        history=stored.run.history,
    )


def due_days(findings: tuple[Finding, ...], policy: Policy) -> dict[str, str]:
    """Return by when each finding must be gone, as far as its clock runs."""
    found = ((finding.id, due(finding, policy.clocks)) for finding in findings)
    return {ident: day.isoformat() for ident, day in found if day is not None}


def same_verdict(stored: Stored, judged: Judgement) -> bool:
    """Say whether a judgement repeats the stored one, to the last field."""
    return msgspec.json.encode(stored.verdict) == msgspec.json.encode(judged.verdict)
