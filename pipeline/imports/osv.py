"""osv-scanner's JSON. Advisories alone, as OSV publishes them, say nothing about a target."""

from collections.abc import Callable, Iterator
from typing import IO, Final

import msgspec

from pipeline.imports.base import Asked, NotReadError, Word
from pipeline.imports.packages import Told, finding, purl_of
from pipeline.imports.text import NAME as LONGEST
from pipeline.imports.text import path_of, short
from pipeline.imports.whole import whole
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Lack
from pipeline.programs.osv_match import Json, ids_of, objects
from pipeline.stages.osv_advisory import claims

NAME: Final = "osv"
TITLE: Final = "osv-scanner JSON"
_RECORD: Final = frozenset({"id", "modified"})
_MEMBERS: Final = frozenset(
    {"results", "experimental_config", "image_metadata", "license_summary",
     "experimental_generic_findings"}
)  # fmt: skip
"""What osv-scanner writes at the top. Others write `results` too, beside members of their own."""


class _Package(msgspec.Struct, frozen=True):
    name: str = ""
    version: str = ""
    ecosystem: str = ""
    commit: str = ""


class _Entry(msgspec.Struct, frozen=True):
    package: _Package
    vulnerabilities: list[Json] = []


class _Source(msgspec.Struct, frozen=True):
    path: str
    type: str = ""


class _Result(msgspec.Struct, frozen=True):
    source: _Source
    packages: list[_Entry]

    def target(self, asked: Asked) -> str:
        path = self.source.path
        return path_of(path, asked.roots) or short(path, LONGEST)


class _Document(msgspec.Struct, frozen=True):
    results: list[_Result] | None


def is_it(names: frozenset[str]) -> bool:
    """Tell it by its results. Raises NotReadError for an advisory, which many call OSV too."""
    if names >= _RECORD:
        raise NotReadError(
            "it is an advisory of OSV, and no report about anything that was looked at",
            hint="import what osv-scanner writes with --format json --all-packages",
        )
    return "results" in names and names <= _MEMBERS


def read(stream: IO[bytes], asked: Asked, found: Callable[[Finding], None]) -> Word:
    """Hand over every finding, and return the rest. Raises NotReadError."""
    results = whole(stream, _Document, TITLE).results or ()
    for result in results:
        for entry in result.packages:
            for record in entry.vulnerabilities:
                found(finding(asked, _told(asked, result, entry.package, record)))
    return Word(
        tool="osv-scanner",
        # Without --all-packages only what has a vulnerability is there.
        listed=frozenset(one.target(asked) for one in results if one.packages),
        gaps=tuple(_gaps(asked, results)),
        lacks=frozenset({Lack.UNDATED_FEED, *_unplaced(asked, results)}),
    )


def _unplaced(asked: Asked, results: "list[_Result] | tuple[()]") -> Iterator[Lack]:
    told = (one.source.path for one in results for entry in one.packages if entry.vulnerabilities)
    if not all(path_of(path, asked.roots) for path in told):
        yield Lack.UNPLACED_RESULTS


def _gaps(asked: Asked, results: "list[_Result] | tuple[()]") -> Iterator[Gap]:
    if not results:
        told = "the report lists nothing that was looked at"
        yield Gap(stage=asked.stage, target=None, reason=GapReason.NO_PACKAGES, detail=told)
    for one in results:
        if not one.packages:
            yield Gap(
                stage=asked.stage,
                target=one.target(asked),
                reason=GapReason.NO_PACKAGES,
                detail="the report lists no package of it",
            )


def _told(asked: Asked, result: _Result, package: _Package, record: Json) -> Told:
    if not isinstance(record.get("id"), str):
        raise NotReadError("an advisory in it has no id")
    return Told(
        ids=frozenset(one for one in ids_of(record) if one),
        target=result.target(asked),
        purl=purl_of(package.ecosystem, package.name, package.version or package.commit),
        title=_text(record, "summary"),
        message=_text(record, "details"),
        claims=tuple(sorted(set(claims(record)), key=repr)),
        fixes=tuple(_fixes(record, package.name)) or None,
        published=_text(record, "published")[:10] or None,
        withdrawn=_text(record, "withdrawn")[:10] or None,
    )


def _fixes(record: Json, name: str) -> Iterator[str]:
    for affected in objects(record.get("affected")):
        package = affected.get("package")
        if isinstance(package, dict) and package.get("name") == name:
            for span in objects(affected.get("ranges")):
                for event in objects(span.get("events")) if span.get("type") != "GIT" else ():
                    if isinstance(fixed := event.get("fixed"), str):
                        yield fixed


def _text(record: Json, key: str) -> str:
    value = record.get(key)
    return value.strip() if isinstance(value, str) else ""
