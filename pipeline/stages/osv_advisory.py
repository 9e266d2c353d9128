"""OSV records of one package version, joined into advisories: what a finding says beyond its id."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from pipeline.model.aliases import closure
from pipeline.model.finding import SeverityClaim
from pipeline.model.severity import severity_of
from pipeline.programs import osv_match
from pipeline.programs.osv_match import Json
from pipeline.stages import cvss_score

_TITLE: Final = 120
_MESSAGE: Final = 4000
_VECTORS: Final = (("CVSS_V4", "CVSS_V3"), ("CVSS_V2",))
"""The bands of version 2 had no word for critical: it is asked where there is nothing newer."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An advisory as pip-audit lists it for a package."""

    id: str
    fix_versions: tuple[str, ...]
    aliases: tuple[str, ...]
    description: str

    @property
    def ids(self) -> frozenset[str]:
        """Its id and its aliases."""
        return frozenset([self.id, *self.aliases])


class Advisory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of one defect of one package version."""

    ids: frozenset[str]
    title: str
    message: str
    claims: tuple[SeverityClaim, ...]
    cwes: tuple[str, ...]
    fixes: tuple[str, ...] | None
    published: str | None
    withdrawn: str | None
    """The day on which the last of its records was withdrawn; None where one still stands."""
    told: bool
    """pip-audit itself listed it."""


def advisories(
    *,
    name: str,
    version: str,
    listed: Sequence[Listed],
    ids: Iterable[str],
    about: Mapping[str, Json],
) -> tuple[Advisory, ...]:
    """Join what the tool listed with the records that it was served: `ids`, out of all `about` it.

    pip-audit lists one advisory twice when two databases describe it; here it is one.
    """
    whole = closure([*(v.ids for v in listed), *(osv_match.ids_of(r) for r in about.values())])
    groups = {whole[v.id] for v in listed} | {whole[i] for i in ids if i in about}
    return tuple(
        _join(
            group,
            name=name,
            version=version,
            listed=[v for v in listed if v.id in group],
            records=sorted((r for i, r in about.items() if i in group), key=_rank),
        )
        for group in sorted(groups, key=sorted)
    )


def _join(
    ids: frozenset[str], *, name: str, version: str, listed: list[Listed], records: list[Json]
) -> Advisory:
    titles = [text for r in records if (text := _text(r, "summary"))]
    bodies = [text for r in records if (text := _text(r, "details"))]
    said = [v.description.strip() for v in listed]
    body = next(iter([*bodies, *said, *titles]), "")
    published = [text[:10] for r in records if (text := _text(r, "published"))]
    return Advisory(
        ids=ids,
        title=_short(next(iter([*titles, *bodies, *said]), "")),
        message=body[:_MESSAGE],
        claims=tuple(sorted({c for r in records for c in claims(r)}, key=repr)),
        cwes=tuple(sorted({cwe for r in records for cwe in _cwes(r)})),
        fixes=_fixes(name, version, listed, records),
        published=min(published, default=None),
        withdrawn=_withdrawn(records),
        told=bool(listed),
    )


def _withdrawn(records: list[Json]) -> str | None:
    days = [_text(record, "withdrawn")[:10] for record in records]
    return max(days) if days and all(days) else None


def _rank(record: Json) -> tuple[bool, str]:
    """GHSA records are written for people, with a title of their own."""
    return not str(record["id"]).startswith("GHSA-"), str(record["id"])


def _text(record: Json, key: str) -> str:
    value = record.get(key)
    return value.strip() if isinstance(value, str) else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


def _specific(record: Json) -> Json:
    value = record.get("database_specific")
    return value if isinstance(value, dict) else {}


def _cwes(record: Json) -> list[str]:
    return osv_match.texts(_specific(record).get("cwe_ids"))


def claims(record: Json) -> list[SeverityClaim]:
    """Return what a record says of its severity: the database's own word, and its vectors."""
    source = str(record["id"]).partition("-")[0].lower()
    found: list[SeverityClaim] = []
    word = _specific(record).get("severity")
    if isinstance(word, str) and word.strip():
        found.append(SeverityClaim(source=source, value=severity_of(word)))
    scored = osv_match.objects(record.get("severity"))
    for entry in osv_match.objects(record.get("affected")):
        scored += osv_match.objects(entry.get("severity"))
    vectors = [(str(s.get("type")), str(s.get("score"))) for s in scored]
    for kinds in _VECTORS:
        read = [
            cvss_score.claim(source, vector)
            for kind in kinds
            for said, vector in vectors
            if said == kind
        ]
        found += read
        if any(claim.score is not None for claim in read):
            break
    return found


def _fixes(
    name: str, version: str, listed: list[Listed], records: list[Json]
) -> tuple[str, ...] | None:
    """Return the later versions that every record calls mended, in order.

    None where nobody knows; empty where it is known that there is none yet.
    """
    from packaging.version import Version

    here = Version(version)
    told = {fix for v in listed for fix in v.fix_versions}
    told |= {fix for r in records for fix in osv_match.fixes(r, name)}
    later = {fix for fix in told if (at := osv_match.version_of(fix)) is not None and at > here}
    mended = [f for f in later if not any(osv_match.affects(r, name, f) for r in records)]
    if mended:
        return tuple(sorted(mended, key=Version))
    known = bool(records) and all(osv_match.fix_is_known(r, name) for r in records)
    return () if known else None
