"""Advisory ids that mean one defect, united over everything that a run reports."""

from collections.abc import Iterable

import msgspec

from pipeline.model import identity
from pipeline.model.aliases import closure
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge


def unite(findings: Iterable[Finding], _: Knowledge) -> tuple[Finding, ...]:
    """Give every advisory all of its ids, one name for people, and one group over all targets."""
    whole = tuple(findings)
    groups = closure((one.rule, *one.aliases) for one in whole if is_advisory(one))
    return tuple(_united(one, groups[one.rule]) if is_advisory(one) else one for one in whole)


def is_advisory(finding: Finding) -> bool:
    """Tell whether a finding speaks of a published advisory about a package."""
    return finding.purl is not None and bool(finding.aliases)


def _united(finding: Finding, ids: frozenset[str]) -> Finding:
    rule = identity.display_id(ids)
    named = identity.new(
        kind=finding.kind,
        stage=finding.stage,
        rule=rule,
        aliases=tuple(sorted(ids)),
        target=finding.target,
        purl=finding.purl,
        title=finding.title,
        message=finding.message,
        severity=finding.severity,
    )
    return msgspec.structs.replace(
        finding,
        id=named.id,
        group=named.group,
        rule=rule,
        aliases=named.aliases,
        match_key=named.match_key,
        track_ids=named.track_ids,
    )
