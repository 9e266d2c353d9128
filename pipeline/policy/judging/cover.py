"""Which findings an exception speaks of: exact, and never by a value that nobody knows."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from pipeline.model.finding import Finding
from pipeline.policy.artifact import names
from pipeline.policy.globs import matches
from pipeline.policy.model import PolicyException
from pipeline.policy.purl import spelt

__all__ = ["CHECKS", "Index", "covers", "cves_of", "ids_of", "spelt"]

_IMAGE: Final = "image"
_ONCE: Final = ("CVE-", "GHSA-")
"""Databases that give a defect one id. PyPA's has had more than one for some."""


class Index:
    """Finds the exceptions for a finding by what they name, never by asking each."""

    def __init__(self, exceptions: Iterable[PolicyException]) -> None:
        self._by_id: dict[str, list[PolicyException]] = defaultdict(list)
        self._by_key: dict[str, list[PolicyException]] = defaultdict(list)
        for one in exceptions:
            if one.match_key is not None:
                self._by_key[one.match_key].append(one)
            elif one.vulnerability is not None:
                self._by_id[one.vulnerability].append(one)

    def named(self, finding: Finding) -> tuple[PolicyException, ...]:
        """Return the exceptions that name this finding's advisory or its match_key."""
        found = list(self._by_key.get(finding.match_key, ()))
        if self._by_id and finding.purl is not None:
            for name in ids_of(finding):
                found += self._by_id.get(name, ())
        return tuple(found)


def ids_of(finding: Finding) -> set[str]:
    """Return every id of the finding's advisory, in upper case."""
    return {finding.rule.upper(), *map(str.upper, finding.aliases)}


def cves_of(finding: Finding) -> frozenset[str]:
    """Return the CVEs of a finding when there are several: each then needs its own exception.

    An alias that joins two CVEs may be wrong or planted, so no exception reaches across it. Nor
    across two GHSA ids: one database describes one defect once.
    """
    ids = ids_of(finding)
    for prefix in _ONCE:
        several = frozenset(name for name in ids if name.startswith(prefix))
        if len(several) > 1:
            return several
    return frozenset()


CHECKS: Final[tuple[tuple[str, Callable[[PolicyException, Finding, str], bool]], ...]] = (
    ("vulnerability", lambda one, finding, _: _vulnerability(one, finding)),
    ("match_key", lambda one, finding, _: one.match_key in (None, finding.match_key)),
    ("purl", lambda one, finding, _: _purl(one, finding)),
    ("artifact", lambda one, finding, _: _artifact(one, finding)),
    ("paths", lambda one, finding, _: _paths(one, finding)),
    ("environments", lambda one, _, environment: environment in one.environments),
)
"""What must hold, field by field, so that `explain` can say which does not."""


def covers(one: PolicyException, finding: Finding, environment: str) -> bool:
    """Say whether an exception speaks of this finding in this environment."""
    for _, check in CHECKS:  # noqa: SIM110 -- all() with a generator costs more than it asks
        if not check(one, finding, environment):
            return False
    return True


def _vulnerability(one: PolicyException, finding: Finding) -> bool:
    if one.vulnerability is None:
        return one.match_key is not None
    several = cves_of(finding)
    return one.vulnerability in (several or ids_of(finding))


def _purl(one: PolicyException, finding: Finding) -> bool:
    if one.purl is None:
        return one.match_key is not None
    return finding.purl is not None and spelt(finding.purl) == one.purl


def _artifact(one: PolicyException, finding: Finding) -> bool:
    """Take an exception without an artifact for the source tree, one with it for that image."""
    if one.match_key is not None:
        return True
    in_image = _IMAGE in (finding.stage, *finding.sources)
    if one.artifact is None:
        return not in_image
    return in_image and names(one.artifact, finding.target)


def _paths(one: PolicyException, finding: Finding) -> bool:
    return not one.paths or any(matches(glob, finding.path) for glob in one.paths)
