"""Finds what an exception shall speak of: one target, by the names that people have for it."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pipeline.errors import UsageError
from pipeline.model.finding import Finding
from pipeline.model.severity import RANK
from pipeline.policy import purl as purls
from pipeline.policy.artifact import repository
from pipeline.policy.judging.cover import cves_of, ids_of, spelt

_SHORTEST_PREFIX: Final = 4
_SHOWN: Final = 5
_ID: Final = 12
_IMAGE: Final = "image"


class Target(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What an exception names: an advisory in a package, or one exact place."""

    vulnerability: str = ""
    purl: str = ""
    artifact: str = ""
    match_key: str = ""
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.match_key:
            return f"match_key {self.match_key}"
        where = f"image {self.artifact}" if self.artifact else "the source tree"
        return f"{self.vulnerability} in {self.purl}, {where}"


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as somebody named it."""

    name: str
    """Its id or the beginning of it, its match_key, or an id of its advisory."""
    purl: str | None = None
    vulnerability: str | None = None
    """Which CVE is meant, where the advisory joins several."""


def find(findings: Iterable[Finding], sought: Sought) -> tuple[Finding, Target]:
    """Return the finding, and the target that an exception for it has to name.

    Raises UsageError where nothing is called so, and where more than one target is.
    """
    every = tuple(findings)
    found = _called(every, sought)
    if not found:
        raise UsageError(
            f"no finding of the bundle is called {_named(sought)}", hint=_nearest(every, sought)
        )
    targets = {target_of(one, sought): one for one in reversed(found)}
    if len(targets) > 1:
        raise _several(sought, targets)
    ((target, finding),) = targets.items()
    return finding, target


def _nearest(findings: tuple[Finding, ...], sought: Sought) -> str:
    """Name what is spelt nearly so, or say what may be named."""
    import difflib

    names = sorted({name for one in findings for name in (one.rule, *one.aliases)})
    if close := difflib.get_close_matches(sought.name.strip().upper(), names, n=3):
        return f"did you mean {' or '.join(close)}?"
    told = (
        f"give its id, at least {_SHORTEST_PREFIX} of its first characters, or a CVE with --purl;"
        " findings.ndjson has them"
    )
    return "\n".join((told, *_listed(findings)))


def _listed(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield the worst findings, each by its id, and how many there are beside them."""
    worst = sorted(findings, key=lambda one: (-RANK[one.severity], one.rule, one.id))
    for one in worst[:_SHOWN]:
        yield f"{one.id[:_ID]}  {one.severity}  {one.rule}  {one.purl or one.path}"
    if len(worst) > _SHOWN:
        yield f"and {len(worst) - _SHOWN} more"


def _called(findings: tuple[Finding, ...], sought: Sought) -> tuple[Finding, ...]:
    name = sought.name.strip()
    exact = tuple(one for one in findings if name.lower() in (one.id, one.match_key))
    if exact:
        return exact
    begun = tuple(one for one in findings if one.id.startswith(name.lower()))
    if len(name) >= _SHORTEST_PREFIX and begun:
        return begun
    return tuple(
        one for one in findings if name.upper() in ids_of(one) and _is_package(one, sought.purl)
    )


def _is_package(finding: Finding, purl: str | None) -> bool:
    if purl is None:
        return True
    try:
        wanted, version = purls.normalised(purl), purls.version_of(purl)
    except ValueError as exc:
        raise UsageError(
            f"--purl: {exc}", hint="write it as findings.ndjson and `penstock explain` do"
        ) from exc
    own = spelt(finding.purl or "")
    if own is None:
        return False
    return own == wanted if version else purls.unversioned(own) == wanted


def target_of(finding: Finding, sought: Sought) -> Target:
    """Name what an exception for this finding has to name. Raises UsageError for a foreign CVE."""
    own = spelt(finding.purl or "")
    if own is None:
        return Target(match_key=finding.match_key)
    in_image = _IMAGE in (finding.stage, *finding.sources)
    return Target(
        vulnerability=_vulnerability(finding, sought),
        purl=own,
        artifact=repository(finding.target) if in_image else "",
    )


def _vulnerability(finding: Finding, sought: Sought) -> str:
    """Choose the id to name: the one asked for, where it is a CVE or the only sort there is."""
    known = cves_of(finding) or ids_of(finding)
    asked = (sought.vulnerability or "").strip().upper()
    if asked and asked not in known:
        raise UsageError(
            f"--vulnerability {asked} is none of this finding's: {', '.join(sorted(known))}"
        )
    if asked:
        return asked
    named = sought.name.strip().upper()
    return named if named in cves_of(finding) else finding.rule.upper()


def _several(sought: Sought, targets: dict[Target, Finding]) -> UsageError:
    lines = [f"{one.id[:_ID]}  {target}" for target, one in sorted(targets.items())]
    shown = [f"{len(lines)} targets are called {_named(sought)}, and an exception names one:"]
    shown += lines[:_SHOWN]
    if len(lines) > _SHOWN:
        shown.append(f"and {len(lines) - _SHOWN} more")
    return UsageError("\n".join(shown), hint="name one by the id in front of it")


def _named(sought: Sought) -> str:
    return f"{sought.name!r}" + (f" in {sought.purl}" if sought.purl else "")
