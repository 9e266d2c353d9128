"""What a new exception can name for a finding, and which findings it then speaks of."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pipeline.model.finding import Finding
from pipeline.policy.artifact import repository
from pipeline.policy.judging.cover import cves_of, ids_of
from pipeline.policy.model import LAST_PRIORITY
from pipeline.policy.purl import spelt

_IMAGE: Final = "image"
_PREFIXES: Final = ("CVE", "GHSA", "PYSEC", "MAL", "OSV")


class Target(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What a new exception would name."""

    vulnerability: str = ""
    purl: str = ""
    artifact: str = ""
    match_key: str = ""


def slots(finding: Finding) -> Iterator[frozenset[str]]:
    """Yield what each needed exception may name: any id, or each of several CVEs."""
    several = cves_of(finding)
    if several and spelt(finding.purl) is not None:
        yield from (frozenset([cve]) for cve in sorted(several))
    else:
        yield frozenset(ids_of(finding))


def targets(finding: Finding, ids: Iterable[str]) -> Iterator[Target]:
    """Yield what an exception could name that speaks of a finding by one of these ids."""
    purl = spelt(finding.purl)
    if purl is None:
        yield Target(match_key=finding.match_key)
        return
    for ident in sorted(ids):
        yield Target(vulnerability=ident, purl=purl, artifact=_artifact(finding))


def names(target: Target, finding: Finding) -> bool:
    """Say whether an exception with this target would speak of a finding."""
    if target.match_key:
        return finding.match_key == target.match_key
    return (
        target.vulnerability in (cves_of(finding) or ids_of(finding))
        and spelt(finding.purl) == target.purl
        and _artifact(finding) == target.artifact
    )


def known(target: Target) -> tuple[int, str]:
    """Order targets by how well people know what they name."""
    name = target.vulnerability or target.match_key
    prefix = name.partition("-")[0]
    return (_PREFIXES.index(prefix) if prefix in _PREFIXES else len(_PREFIXES), name)


def most_urgent(findings: Iterable[Finding]) -> str:
    """Return the priority that sets an exception's days and approvals."""
    return min(one.priority or LAST_PRIORITY for one in findings)


def _artifact(finding: Finding) -> str:
    in_image = _IMAGE in (finding.stage, *finding.sources)
    return repository(finding.target) if in_image else ""
