"""Turns the evidence part of gate.yaml into demands, and refuses a gate that asks nothing."""

from typing import Final

from pipeline.policy.demand import (
    DEFAULT_REQUIRED,
    AllowedExclusion,
    Demands,
    Enrichment,
    Import,
    StageDemand,
    ToleratedGap,
)
from pipeline.policy.loading.document import EvidenceTable, StageTable, named
from pipeline.policy.loading.located import fault, near
from pipeline.policy.loading.yaml import Document, Path
from pipeline.policy.model import ENVIRONMENTS

LATER: Final = ("routes", "headers", "tls", "api")
"""Stages of later versions. A policy may name them; requiring one is a gap until it exists."""


def demands(said: EvidenceTable, document: Document, stages: tuple[str, ...]) -> Demands:
    """Build the demands. Raises UsageError for unknown stages and where nothing is asked."""
    for name in said.stages:
        _known(name, ("evidence", "stages", name), document, stages)
    for index, gap in enumerate(said.tolerated_gaps):
        _known(gap.stage, ("evidence", "tolerated_gaps", index, "stage"), document, stages)
    asked = {name: _demand(name, said.stages.get(name)) for name in stages}
    asked |= {name: _demand(name, table) for name, table in said.stages.items()}
    _something_is_asked(asked, document)
    return Demands(
        stages=asked,
        unlocked=said.tools.unlocked,
        sandbox=said.sandbox,
        accept_excerpts=said.excerpts == "accept",
        no_rules=said.no_rules,
        imports=tuple(Import(**one.model_dump()) for one in said.imports),
        allowed_exclusions=tuple(
            AllowedExclusion(**one.model_dump()) for one in said.allowed_exclusions
        ),
        tolerated_gaps=tuple(ToleratedGap(**one.model_dump()) for one in said.tolerated_gaps),
        max_findings=said.limits.max_findings,
        max_report_mb=said.limits.max_report_mb,
        enrichment={
            name: Enrichment(required=one.required, max_age_hours=one.max_age_hours)
            for name, one in said.enrichment.items()
        },
    )


def _known(name: str, path: Path, document: Document, stages: tuple[str, ...]) -> None:
    known = (*stages, *LATER)
    if name not in known:
        hint = near(name, known) or f"stages are {', '.join(known)}"
        raise fault(document, path, f"there is no stage {name!r}", hint)


def _demand(name: str, said: StageTable | None) -> StageDemand:
    if said is None:
        return StageDemand(required=DEFAULT_REQUIRED.get(name, "when_present"))
    return StageDemand(
        required=said.required,
        required_in=named(said.required_in),
        max_feed_age_hours=said.max_feed_age_hours,
        no_os=tuple(said.no_os),
    )


def _something_is_asked(asked: dict[str, StageDemand], document: Document) -> None:
    for environment in ENVIRONMENTS:
        wanted = {one.required_in.get(environment, one.required) for one in asked.values()}
        if wanted <= {"no"}:
            raise fault(
                document,
                ("evidence", "stages"),
                f"no stage is required in {environment}: such a gate would pass everything",
            )
