"""One finding where two tools report the same defect of the same target."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from pipeline.enrich import exposure
from pipeline.enrich.severity import without_assumption
from pipeline.model.assessment import AUTOMATABLE, IMPACT
from pipeline.model.assessment import worst as worst_word
from pipeline.model.finding import Finding, Location, State
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import Confidence, worst

T = TypeVar("T")

_FIRST: Final = ("pip-audit", "image", "packages")
"""Whose words stand when several tools say the same: the specialised one before the second look."""
_CONFIDENCE: Final = (Confidence.UNKNOWN, Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


def merge(findings: Iterable[Finding], _: Knowledge) -> tuple[Finding, ...]:
    """Join findings of one identity: kind, advisory group, target and package version.

    `aliases.unite` has made it one identity. The same advisory in a manifest and in an image has
    two targets, stays two findings, and shares a `group`.
    """
    found: dict[Hashable, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.id, []).append(finding)
    return tuple(_join(sorted(same, key=_order)) for same in found.values())


def _order(finding: Finding) -> tuple[int, str, bytes]:
    """Sort by tool, and by content where one tool says a thing twice."""
    place = _FIRST.index(finding.stage) if finding.stage in _FIRST else len(_FIRST)
    return place, finding.stage, msgspec.json.encode(finding)


def _join(same: Sequence[Finding]) -> Finding:
    first, *others = same
    if not others:
        return first
    same = [without_assumption(one) for one in same]
    return msgspec.structs.replace(
        first,
        sources=tuple(dict.fromkeys(source for one in same for source in one.sources)),
        aliases=_union(same, lambda one: one.aliases),
        cwes=_union(same, lambda one: one.cwes),
        track_ids=_union(same, lambda one: one.track_ids),
        severity=worst(one.severity for one in same),
        severity_assumed=False,
        severities=tuple(sorted({c for one in same for c in one.severities}, key=repr)),
        confidence=max((one.confidence for one in same), key=_CONFIDENCE.index),
        fix_versions=fixes([one.fix_versions for one in same]),
        location=_place(same),
        epss=max((one.epss for one in same if one.epss is not None), default=None),
        kev=_either([one.kev for one in same]),
        kev_due=min((one.kev_due for one in same if one.kev_due), default=None),
        state=next((one.state for one in same if one.state is not State.UNKNOWN), first.state),
        first_seen=min((one.first_seen for one in same if one.first_seen), default=None),
        advisory_published=min(
            (one.advisory_published for one in same if one.advisory_published), default=None
        ),
        # Withdrawn only where nobody still stands by it.
        withdrawn=_withdrawn([one.withdrawn for one in same]),
        # Silenced only where every tool that saw it found it silenced.
        suppressed_inline=all(one.suppressed_inline for one in same),
        verified=_known(same, lambda one: one.verified),
        automatable=_worst(same, lambda one: one.automatable, AUTOMATABLE),
        technical_impact=_worst(same, lambda one: one.technical_impact, IMPACT),
        exposure=exposure.worst(one.exposure for one in same),
    )


def _union(same: Sequence[Finding], of: Callable[[Finding], tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({word for one in same for word in of(one)}))


def _known(same: Sequence[Finding], of: Callable[[Finding], T | None]) -> T | None:
    return next((value for one in same if (value := of(one)) is not None), None)


def _place(same: Sequence[Finding]) -> Location | None:
    """Keep a place that is the only one. Of several an exception could name one and hide the rest.

    Without a place the target stands for it.
    """
    known = [one.location for one in same if one.location is not None]
    return known[0] if len({place.path for place in known}) == 1 else None


def _worst(
    same: Sequence[Finding], of: Callable[[Finding], str | None], order: Sequence[str]
) -> str | None:
    known = [word for one in same if (word := of(one)) is not None]
    return worst_word(known, order) if known else None


def _either(values: Sequence[bool | None]) -> bool | None:
    known = [value for value in values if value is not None]
    return any(known) if known else None


def _withdrawn(days: Sequence[str | None]) -> str | None:
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def fixes(said: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Join what tools say about fixes: None where nobody knows, empty where all agree on none."""
    known = [versions for versions in said if versions is not None]
    if not known:
        return None
    return tuple(sorted({version for versions in known for version in versions}, key=_by_version))


def _by_version(text: str) -> tuple[bool, object, str]:
    """Sort by PEP 440 what it can read, and the versions of other ecosystems behind it by name."""
    from packaging.version import InvalidVersion, Version

    try:
        return False, Version(text), text
    except InvalidVersion:
        return True, 0, text
