"""Which findings an exception speaks of: exact, and never by a value that nobody knows."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
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
        self._by_purl: dict[str | None, list[PolicyException]] = defaultdict(list)
        self._by_key: dict[str, list[PolicyException]] = defaultdict(list)
        for one in exceptions:
            if one.match_key is not None:
                self._by_key[one.match_key].append(one)
            elif one.purl is not None:
                self._by_purl[one.purl].append(one)

    def named(self, finding: Finding) -> tuple[PolicyException, ...]:
        """Return the exceptions that name this finding's package or its match_key."""
        by_key = self._by_key.get(finding.match_key, ())
        by_purl = self._by_purl.get(spelt(finding.purl), ()) if finding.purl is not None else ()
        return (*by_key, *by_purl) if by_key or by_purl else ()


def ids_of(finding: Finding) -> frozenset[str]:
    """Return every id of the finding's advisory, in upper case."""
    return _ids(finding.rule, finding.aliases)


@lru_cache(maxsize=50_000)
def _ids(rule: str, aliases: tuple[str, ...]) -> frozenset[str]:
    return frozenset({rule.upper(), *map(str.upper, aliases)})


def cves_of(finding: Finding) -> frozenset[str]:
    """Return the CVEs of a finding when there are several: each then needs its own exception.

    An alias that joins two CVEs may be wrong or planted, so no exception reaches across it. Nor
    across two GHSA ids: one database describes one defect once.
    """
    return _several(ids_of(finding))


@lru_cache(maxsize=50_000)
def _several(ids: frozenset[str]) -> frozenset[str]:
    for prefix in _ONCE:
        several = frozenset(name for name in ids if name.startswith(prefix))
        if len(several) > 1:
            return several
    return frozenset()


def covers(one: PolicyException, finding: Finding, environment: str) -> bool:
    """Say whether an exception speaks of this finding in this environment."""
    for _, check in CHECKS:  # noqa: SIM110 -- all() with a generator costs more than it asks
        if not check(one, finding, environment):
            return False
    return True


def _vulnerability(one: PolicyException, finding: Finding, _: str) -> bool:
    if one.vulnerability is None:
        return one.match_key is not None
    several = cves_of(finding)
    return one.vulnerability in (several or ids_of(finding))


def _match_key(one: PolicyException, finding: Finding, _: str) -> bool:
    return one.match_key is None or one.match_key == finding.match_key


def _purl(one: PolicyException, finding: Finding, _: str) -> bool:
    if one.purl is None:
        return one.match_key is not None
    return finding.purl is not None and spelt(finding.purl) == one.purl


def _artifact(one: PolicyException, finding: Finding, _: str) -> bool:
    """Take an exception without an artifact for the source tree, one with it for that image."""
    if one.match_key is not None:
        return True
    in_image = _IMAGE in (finding.stage, *finding.sources)
    if one.artifact is None:
        return not in_image
    return in_image and names(one.artifact, finding.target)


def _paths(one: PolicyException, finding: Finding, _: str) -> bool:
    return not one.paths or any(matches(glob, finding.path) for glob in one.paths)


def _environments(one: PolicyException, _: Finding, environment: str) -> bool:
    return environment in one.environments


CHECKS: Final[tuple[tuple[str, Callable[[PolicyException, Finding, str], bool]], ...]] = (
    ("vulnerability", _vulnerability),
    ("match_key", _match_key),
    ("purl", _purl),
    ("artifact", _artifact),
    ("paths", _paths),
    ("environments", _environments),
)
"""What must hold, field by field, so that `explain` can say which does not."""
