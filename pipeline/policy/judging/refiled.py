"""How often what an exception covers was excepted before, by whichever of its advisory's ids."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from pipeline.model.finding import Finding
from pipeline.policy.artifact import repository
from pipeline.policy.globs import matches
from pipeline.policy.judging.cover import cves_of, ids_of
from pipeline.policy.judging.exceptions import Fate
from pipeline.policy.model import PolicyException
from pipeline.policy.purl import spelt, unversioned

_IMAGE: Final = "image"

Package: TypeAlias = tuple[str, str | None]
"""A package without its version, and the image that it is in, if it is in one."""


class Refiled:
    """Finds the predecessors that a file does not name, and that are filed under another id."""

    def __init__(self, fates: Iterable[Fate]) -> None:
        self._by_package: dict[Package, list[PolicyException]] = defaultdict(list)
        self._by_key: dict[str, list[PolicyException]] = defaultdict(list)
        for one in (fate.exception for fate in fates):
            if one.purl is not None:
                self._by_package[_package(one)].append(one)
            elif one.match_key is not None:
                self._by_key[one.match_key].append(one)

    def renewals(self, fate: Fate) -> int:
        """Count what came before: at the least as the files themselves say it.

        Files of one advisory, package and image are the same target, where they reach a place
        that this one reaches: another alias, another version, a narrower glob or a match_key in
        place of the names is no new start.
        """
        one = fate.exception
        same = self._same(fate)
        ids = {one.vulnerability}
        for finding in fate.findings:
            ids |= ids_of(finding) if not cves_of(finding) else set()
        paths = {finding.path for finding in fate.findings}
        earlier = sum(
            (other.vulnerability in ids or other.match_key is not None)
            and (other.created, other.id) < (one.created, one.id)
            and _reaches(other, paths)
            for other in same
        )
        return max(one.renewals, earlier)

    def _same(self, fate: Fate) -> list[PolicyException]:
        """List, itself among them, what names its package or the keys of what it covers."""
        one, found = fate.exception, fate.findings
        packages = {_package(one)} if one.purl is not None else set(_packages(found))
        keys = {finding.match_key for finding in found} if self._by_key else ()
        return [
            *(other for package in packages for other in self._by_package.get(package, ())),
            *(other for key in keys for other in self._by_key.get(key, ())),
        ]


def _package(one: PolicyException) -> Package:
    return unversioned(one.purl or ""), one.artifact


def _packages(findings: Iterable[Finding]) -> Iterator[Package]:
    for finding in findings:
        if (known := spelt(finding.purl)) is not None:
            in_image = _IMAGE in (finding.stage, *finding.sources)
            yield unversioned(known), repository(finding.target) if in_image else None


def _reaches(one: PolicyException, paths: Iterable[str]) -> bool:
    return not one.paths or any(matches(glob, path) for glob in one.paths for path in paths)
