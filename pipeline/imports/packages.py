"""How an advisory about a package becomes a finding, in whatever format it came."""

from collections.abc import Mapping
from typing import Final

import msgspec

from pipeline.imports.base import Asked
from pipeline.imports.text import MESSAGE, NAME, short
from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, SeverityClaim
from pipeline.model.imported import Lack
from pipeline.model.severity import Confidence, worst

_TYPES: Final[Mapping[str, str]] = {
    "PyPI": "pypi",
    "npm": "npm",
    "Go": "golang",
    "Maven": "maven",
    "crates.io": "cargo",
    "RubyGems": "gem",
    "Packagist": "composer",
    "NuGet": "nuget",
    "Hex": "hex",
    "Pub": "pub",
}
"""Types of package URLs by the names that OSV has for ecosystems."""
_SPLIT: Final[Mapping[str, str]] = {"maven": ":", "npm": "/", "golang": "/", "composer": "/"}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of one advisory of one package."""

    ids: frozenset[str]
    target: str
    purl: str
    title: str = ""
    message: str = ""
    claims: tuple[SeverityClaim, ...] = ()
    cwes: tuple[str, ...] = ()
    fixes: tuple[str, ...] | None = None
    published: str | None = None
    withdrawn: str | None = None
    silenced: bool = False


def finding(asked: Asked, told: Told) -> Finding:
    """Make the finding."""
    ids = frozenset(short(one, NAME) for one in told.ids)
    rule = identity.display_id(ids)
    return identity.new(
        kind=Kind.SCA,
        stage=asked.stage,
        rule=rule,
        target=told.target or asked.target,
        purl=told.purl,
        aliases=tuple(sorted(ids)),
        title=short(told.title or told.message or rule),
        message=(told.message or told.title or f"{told.purl} is affected by {rule}")[:MESSAGE],
        severity=worst(one.value for one in told.claims),
        severities=told.claims,
        confidence=Confidence.HIGH,
        cwes=told.cwes,
        fix_versions=told.fixes,
        advisory_published=told.published,
        withdrawn=told.withdrawn,
        suppressed_inline=told.silenced,
    )


def lacking(*, any_found: bool) -> frozenset[Lack]:
    """Return what a report about packages leaves open that names neither a day nor a file."""
    return frozenset({Lack.UNDATED_FEED, *([Lack.UNPLACED_RESULTS] if any_found else [])})


def purl_of(ecosystem: str, name: str, version: str) -> str:
    """Name a package as its ecosystem does; one that nobody knows is a generic one."""
    from packageurl import PackageURL

    kind = _TYPES.get(ecosystem.partition(":")[0], "generic")
    space, _, plain = name.rpartition(_SPLIT[kind]) if kind in _SPLIT else ("", "", name)
    try:
        return PackageURL(kind, space or None, plain, version or None).to_string()
    except ValueError:
        return f"pkg:generic/{short(name, NAME) or 'unnamed'}"
