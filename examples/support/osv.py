"""OSV records as Trivy's database words them: ranges, details and severities by source."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from cvss import CVSS3  # type: ignore[import-untyped]

from examples.support.trivy_db import Advisory, Detail, Source

_BUCKET: Final = "pip::Python advisories of Penstock's examples"
_NAME: Final = "Python Packaging and GitHub Advisory Databases (excerpt)"
_WORDS: Final = {"MODERATE": "MEDIUM"}


class _Event(msgspec.Struct, frozen=True):
    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""


class _Range(msgspec.Struct, frozen=True):
    type: str
    events: list[_Event]


class _Package(msgspec.Struct, frozen=True):
    name: str


class _Affected(msgspec.Struct, frozen=True):
    package: _Package
    ranges: list[_Range] = []


class _Severity(msgspec.Struct, frozen=True):
    type: str
    score: str


class _Extra(msgspec.Struct, frozen=True):
    severity: str = ""
    cwe_ids: list[str] = []


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    aliases: list[str] = []
    affected: list[_Affected] = []
    severity: list[_Severity] = []
    summary: str = ""
    details: str = ""
    published: str = ""
    withdrawn: str = ""
    database_specific: _Extra = _Extra()

    @property
    def name(self) -> str:
        """Return the id that Trivy calls it by: a CVE where there is one."""
        return min((one for one in self.aliases if one.startswith("CVE-")), default=self.id)

    @property
    def source(self) -> str:
        """Return the database that the record's severity is claimed by, in Trivy's words."""
        return "ghsa" if self.id.startswith("GHSA-") else "osv"


def convert(lines: Sequence[bytes]) -> tuple[Source, dict[str, Detail]]:
    """Return the advisories, and what is known of each vulnerability, of PyPI's records."""
    records = [msgspec.json.decode(line, type=_Record) for line in lines]
    standing = [record for record in records if not record.withdrawn]
    advisories: dict[str, dict[str, Advisory]] = {}
    details: dict[str, Detail] = {}
    for record in standing:
        details[record.name] = _detail(record, details.get(record.name, Detail()))
        for affected in record.affected:
            found = advisories.setdefault(_canonical(affected.package.name), {})
            known = found.get(record.name, Advisory())
            found[record.name] = _advisory(record, affected, known)
    return Source(bucket=_BUCKET, id="osv", name=_NAME, advisories=advisories), details


def _advisory(record: _Record, affected: _Affected, known: Advisory) -> Advisory:
    ranges = [each for each in affected.ranges if each.type == "ECOSYSTEM"]
    intervals = [interval for each in ranges for interval in _intervals(each.events)]
    fixed = [event.fixed for each in ranges for event in each.events if event.fixed]
    ids = [one for one in (record.id, *record.aliases) if one.startswith(("GHSA-", "PYSEC-"))]
    return Advisory(
        vulnerable=_together(known.vulnerable, intervals),
        patched=_together(known.patched, fixed),
        vendor_ids=_together(known.vendor_ids, ids),
    )


def _intervals(events: Sequence[_Event]) -> Iterator[str]:
    """Yield `>= a, < b` for each pair of events; an event list without an end is open."""
    start = ""
    for event in events:
        if event.introduced:
            start = event.introduced
        else:
            end = f"< {event.fixed}" if event.fixed else f"<= {event.last_affected}"
            yield end if start == "0" else f">= {start}, {end}"
            start = ""
    if start:
        yield f">= {start}"


def _detail(record: _Record, known: Detail) -> Detail:
    vectors = dict(known.vectors)
    severity = dict(known.severity)
    for claim in record.severity:
        if claim.type == "CVSS_V3":
            scored = CVSS3(claim.score)
            vectors[record.source] = (claim.score, float(scored.scores()[0]))
            severity[record.source] = str(scored.severities()[0]).upper()
    if record.database_specific.severity:
        word = record.database_specific.severity
        severity[record.source] = _WORDS.get(word, word)
    return Detail(
        title=known.title or record.summary,
        description=known.description or record.details,
        severity=severity,
        vectors=vectors,
        cwes=_together(known.cwes, record.database_specific.cwe_ids),
        published=known.published or record.published,
    )


def _together(known: tuple[str, ...], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
