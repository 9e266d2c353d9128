"""Turns the evidence part of gate.yaml into demands, and refuses a gate that asks nothing."""

from typing import Final

from pipeline.model.imported import Lack
from pipeline.policy.demand import (
    DEFAULT_REQUIRED,
    AllowedExclusion,
    Demands,
    Enrichment,
    Import,
    StageDemand,
    ToleratedGap,
)
from pipeline.policy.loading.document import named
from pipeline.policy.loading.evidence_document import EvidenceTable, ImportTable, StageTable
from pipeline.policy.loading.located import fault, near
from pipeline.policy.loading.tools_document import denied
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
        cool_down_days=said.tools.cool_down_days,
        denied_tools=denied(said.tools.denied),
        sandbox=said.sandbox,
        accept_excerpts=said.excerpts == "accept",
        no_rules=said.no_rules,
        imports=_imports(said.imports, document, stages),
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


def _imports(
    said: list[ImportTable], document: Document, stages: tuple[str, ...]
) -> tuple[Import, ...]:
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate(said):
        path: Path = ("evidence", "imports", index)
        _known(one.stage, (*path, "stage"), document, stages)
        if (one.stage, one.tool) in seen:
            raise fault(
                document,
                path,
                f"{one.tool} is allowed for {one.stage} twice",
                "write one entry: it says all that reports of this tool may leave open",
            )
        seen.add((one.stage, one.tool))
    return tuple(
        Import(
            stage=one.stage,
            tool=one.tool,
            versions=tuple(one.versions),
            max_age_hours=one.max_age_hours,
            accepts=frozenset(map(Lack, one.accepts)),
        )
        for one in said
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
