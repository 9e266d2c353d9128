"""The fields that many findings share, so that what rests on them is asked once."""

from typing import Final

from pipeline.model.finding import Finding

TRAITS: Final = frozenset(
    {
        "kind",
        "stage",
        "severity",
        "confidence",
        "priority",
        "state",
        "fix_available",
        "suppressed_inline",
        "kev",
        "verified",
        "exposure",
    }
)
"""Fields whose answer rests on `traits` alone: many findings share it, so it is asked once."""


def traits(finding: Finding) -> tuple[object, ...]:
    """Return all that the tests of TRAITS read in a finding."""
    return (
        finding.kind,
        finding.stage,
        finding.sources,
        finding.severity,
        finding.severity_assumed,
        finding.confidence,
        finding.priority,
        finding.state,
        finding.fix_versions if finding.fix_versions is None else bool(finding.fix_versions),
        finding.suppressed_inline,
        finding.kev,
        finding.verified,
        finding.exposure,
    )
