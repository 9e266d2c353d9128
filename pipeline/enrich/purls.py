"""Package URLs in one spelling, so that two tools that mean one package say it alike."""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge

_KEPT = frozenset({"arch", "distro", "epoch"})
"""Qualifiers that tell packages of an operating system apart; the others say where it was seen."""


def normalise(findings: Iterable[Finding], _: Knowledge) -> tuple[Finding, ...]:
    """Respell the purl of every advisory. Its identities follow in `aliases.unite`."""
    return tuple(_respelled(finding) for finding in findings)


def _respelled(finding: Finding) -> Finding:
    if (
        not finding.aliases
        or finding.purl is None
        or (purl := spelled(finding.purl)) == finding.purl
    ):
        return finding
    return msgspec.structs.replace(finding, purl=purl)


@lru_cache(maxsize=65536)
def spelled(purl: str) -> str:
    """Return a purl in canonical spelling; one that cannot be read stays as it is."""
    from packageurl import PackageURL

    try:
        read = PackageURL.from_string(purl)
    except ValueError:
        return purl
    name, qualifiers = read.name, dict(read.qualifiers or {})
    if read.type == "pypi":
        name, qualifiers = re.sub(r"[-_.]+", "-", name).lower(), {}
    kept = {key: value for key, value in qualifiers.items() if key in _KEPT}
    return PackageURL(read.type, read.namespace, name, read.version, kept or None).to_string()
