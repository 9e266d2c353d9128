"""Which findings an exception speaks of: exact, and never by a value that nobody knows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

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
    """Finds the exceptions that cover a finding by what they name, never by asking each."""

    def __init__(self, exceptions: Iterable[PolicyException], environment: str) -> None:
        self._environment = environment
        self._by_purl: dict[str | None, list[_Compiled]] = defaultdict(list)
        self._written: dict[str | None, list[_Compiled]] = {None: _NOTHING}
        self._by_key: dict[str, list[_Compiled]] = defaultdict(list)
        for one in exceptions:
            if environment not in one.environments:
                continue
            asked = tuple(check for name, check in CHECKS if _STILL_ASKED[name](one))
            if one.match_key is not None:
                self._by_key[one.match_key].append((one, asked))
            elif one.purl is not None:
                self._by_purl[one.purl].append((one, asked))

    def covering(self, finding: Finding) -> list[PolicyException]:
        """Return the exceptions that speak of a finding: those of which `covers` is true."""
        named = self._written.get(finding.purl)
        if named is None:
            named = self._by_purl.get(spelt(finding.purl), _NOTHING)
            self._written[finding.purl] = named
        if self._by_key and (more := self._by_key.get(finding.match_key)):
            named = [*more, *named]
        found: list[PolicyException] = []
        for one, asked in named:
            for check in asked:
                if not check(one, finding, self._environment):
                    break
            else:
                found.append(one)
        return found


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
    return _several(finding.rule, finding.aliases)


@lru_cache(maxsize=50_000)
def _meant(rule: str, aliases: tuple[str, ...]) -> frozenset[str]:
    return _several(rule, aliases) or _ids(rule, aliases)


@lru_cache(maxsize=50_000)
def _several(rule: str, aliases: tuple[str, ...]) -> frozenset[str]:
    ids = _ids(rule, aliases)
    for prefix in _ONCE:
        several = frozenset(name for name in ids if name.startswith(prefix))
        if len(several) > 1:
            return several
    return frozenset()


def covers(one: PolicyException, finding: Finding, environment: str) -> bool:
    """Say whether an exception speaks of this finding in this environment."""
    return all(check(one, finding, environment) for _, check in CHECKS)


def _vulnerability(one: PolicyException, finding: Finding, _: str) -> bool:
    if one.vulnerability is None:
        return one.match_key is not None
    return one.vulnerability in _meant(finding.rule, finding.aliases)


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
    in_image = finding.stage == _IMAGE or _IMAGE in finding.sources
    if one.artifact is None:
        return not in_image
    return in_image and names(one.artifact, finding.target)


def _paths(one: PolicyException, finding: Finding, _: str) -> bool:
    return not one.paths or any(matches(glob, finding.path) for glob in one.paths)


def _environments(one: PolicyException, _: Finding, environment: str) -> bool:
    return environment in one.environments


_Check: TypeAlias = Callable[[PolicyException, Finding, str], bool]
_Compiled: TypeAlias = tuple[PolicyException, tuple[_Check, ...]]
_NOTHING: Final[list[_Compiled]] = []

CHECKS: Final[tuple[tuple[str, _Check], ...]] = (
    ("vulnerability", _vulnerability),
    ("match_key", _match_key),
    ("purl", _purl),
    ("artifact", _artifact),
    ("paths", _paths),
    ("environments", _environments),
)
"""What must hold, field by field, so that `explain` can say which does not."""

_STILL_ASKED: Final[Mapping[str, Callable[[PolicyException], bool]]] = {
    "vulnerability": lambda one: one.vulnerability is not None,
    "match_key": lambda _: False,
    "purl": lambda one: one.match_key is not None and one.purl is not None,
    "artifact": lambda one: one.match_key is None,
    "paths": lambda one: bool(one.paths),
    "environments": lambda _: False,
}
"""Which checks can still say no of a finding that the index found the exception for."""
