"""pip-audit's JSON: every dependency that it resolved, with what is known of it."""

from collections.abc import Callable, Iterator
from typing import IO, Final

import msgspec

from pipeline.imports.base import Asked, Word
from pipeline.imports.packages import Told, finding, lacking, purl_of
from pipeline.imports.whole import whole
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason

NAME: Final = "pip-audit"
TITLE: Final = "pip-audit JSON"


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str
    fix_versions: list[str]
    aliases: list[str] = []
    description: str = ""


class _Dependency(msgspec.Struct, frozen=True):
    """Either what is known of a version, or why nothing is."""

    name: str
    version: str | None = None
    vulns: list[_Vulnerability] | None = None
    skip_reason: str | None = None


class _Document(msgspec.Struct, frozen=True):
    dependencies: list[_Dependency]
    fixes: list[msgspec.Raw]


def is_it(names: frozenset[str]) -> bool:
    """Tell it by its two members."""
    return {"dependencies", "fixes"} <= names and "bomFormat" not in names


def read(stream: IO[bytes], asked: Asked, found: Callable[[Finding], None]) -> Word:
    """Hand over every finding, and return the rest. Raises NotReadError."""
    document = whole(stream, _Document, TITLE)
    for one in document.dependencies:
        for vulnerability in one.vulns or ():
            found(_finding(asked, one, vulnerability))
    looked = [one for one in document.dependencies if _is_answered(one)]
    return Word(
        tool=NAME,
        listed=frozenset(f"{one.name}=={one.version}" for one in looked),
        gaps=tuple(_gaps(asked, document)),
        # It names no file of any dependency.
        lacks=lacking(any_found=any(one.vulns for one in document.dependencies)),
    )


def _is_answered(one: _Dependency) -> bool:
    return one.vulns is not None and bool(one.version) and one.skip_reason is None


def _gaps(asked: Asked, document: _Document) -> Iterator[Gap]:
    for one in document.dependencies:
        if not _is_answered(one):
            why = one.skip_reason or "nothing is said of its vulnerabilities"
            yield _gap(asked, one.name, GapReason.UNSUPPORTED, why)
    if not document.dependencies:
        yield _gap(asked, None, GapReason.NO_PACKAGES, "the report lists no dependency at all")


def _finding(asked: Asked, one: _Dependency, told: _Vulnerability) -> Finding:
    return finding(
        asked,
        Told(
            ids=frozenset([told.id, *told.aliases]),
            target=asked.target,
            purl=purl_of("PyPI", one.name, one.version or ""),
            message=told.description.strip(),
            fixes=tuple(told.fix_versions) or None,
        ),
    )


def _gap(asked: Asked, target: str | None, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=asked.stage, target=target, reason=reason, detail=detail[:500])
