"""Trivy's JSON, of an image or of files. It does not say which of its scanners ran."""

from collections.abc import Callable, Iterator
from typing import IO, Final, TypeVar

import msgspec

from pipeline.imports.base import Asked, NotReadError, Word
from pipeline.imports.seen import Seen
from pipeline.imports.text import MESSAGE, instant, path_of, short
from pipeline.imports.text import NAME as LONGEST
from pipeline.imports.whole import whole
from pipeline.model import identity
from pipeline.model.digests import digest
from pipeline.model.finding import Finding, Kind, Location
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Lack
from pipeline.model.severity import Confidence, severity_of
from pipeline.stages.trivy import advisories as trivy_advisories
from pipeline.stages.trivy.report import Document, Misconfiguration, Result, Secret, Vulnerability

NAME: Final = "trivy"
TITLE: Final = "Trivy JSON"
_IMAGE: Final = "container_image"
_THIRD: Final = "third-party"
_PASSED: Final = "PASS"
_FAILED: Final = "FAIL"

T = TypeVar("T")


class _Modified(msgspec.Struct, frozen=True, rename="pascal"):
    """What somebody wanted to be passed over."""

    type: str
    finding: msgspec.Raw


class _Result(Result, frozen=True):
    modified: tuple[_Modified, ...] = msgspec.field(name="ExperimentalModifiedFindings", default=())


class _Document(Document, frozen=True, kw_only=True):
    artifact_name: str = msgspec.field(name="ArtifactName", default="")
    results: tuple[_Result, ...] = msgspec.field(name="Results", default=())


def is_it(names: frozenset[str]) -> bool:
    """Tell it by its mark."""
    return {"SchemaVersion", "ArtifactType"} <= names


def read(stream: IO[bytes], asked: Asked, found: Callable[[Finding], None]) -> Word:
    """Hand over every finding, and return the rest. Raises NotReadError."""
    document = whole(stream, _Document, TITLE)
    if document.schema_version != 2:  # noqa: PLR2004 -- the one version that is understood
        raise NotReadError(f"its SchemaVersion is {document.schema_version}, and 2 is read")
    name = short(document.artifact_name, LONGEST)
    image = document.artifact_type == _IMAGE
    seen = Seen()
    unplaced = False
    for result in document.results:
        path = name if image else path_of(result.target, asked.roots)
        for one in _findings(asked, path or short(result.target, LONGEST), result, seen):
            unplaced |= not path
            found(one)
    gaps = tuple(_gaps(asked, document, name)) if image else ()
    told = {one.target for one in document.results if _told(asked.kind, one)}
    listed = {name} if image and not gaps else told
    return Word(
        tool="Trivy",
        version=short(document.trivy.version, LONGEST),
        made=instant(document.created_at),
        target=name,
        listed=frozenset(listed),
        gaps=gaps,
        lacks=frozenset(_lacks(asked.kind, document, unplaced=unplaced)),
    )


def _lacks(kind: Kind, document: _Document, *, unplaced: bool) -> Iterator[Lack]:
    if unplaced:
        yield Lack.UNPLACED_RESULTS
    if not _ran(kind, document):
        yield Lack.UNSAID_CHECKS


def _told(kind: Kind, one: Result) -> bool:
    """Say whether the scanner that is asked for speaks of a target: another one proves nothing."""
    match kind:
        case Kind.SCA:
            return bool(one.packages or one.vulnerabilities)
        case Kind.SECRET:
            return bool(one.secrets)
        case Kind.IAC:
            return bool(one.misconfigurations)
        case _:
            return False


def _ran(kind: Kind, document: _Document) -> bool:
    """Say whether the scanner that is asked for left a trace: what it found."""
    match kind:
        case Kind.SCA:
            return any(one.vulnerabilities for one in document.results)
        case Kind.SECRET:
            return any(one.secrets for one in document.results)
        case _:
            return any(one.misconfigurations for one in document.results)


def _gaps(asked: Asked, document: _Document, name: str) -> Iterator[Gap]:
    """Say why an image was not looked at as a whole."""
    system = document.metadata.os
    if system is None or system.family in ("", "none"):
        yield _gap(asked, name, GapReason.UNSUPPORTED, "Trivy knows no operating system in it")
        return
    if system.eosl:
        told = f"{system.family} {system.name} is no longer supported"
        yield _gap(asked, name, GapReason.UNSUPPORTED, told)
    packages = [p for one in document.of_class("os-pkgs") for p in one.packages]
    if not packages:
        told = "no package of its system is listed (--list-all-pkgs lists them)"
        yield _gap(asked, name, GapReason.NO_PACKAGES, told)
    strange = sorted(one.name for one in packages if one.repository.class_ == _THIRD)
    if strange:
        told = f"findings of third-party packages are left out: {', '.join(strange[:5])}"
        yield _gap(asked, name, GapReason.THIRD_PARTY, told)


def _findings(asked: Asked, target: str, result: _Result, seen: Seen) -> Iterator[Finding]:
    yield from _of(asked, target, result, seen)
    silenced = msgspec.structs.replace(
        result,
        vulnerabilities=_silenced(result, "vulnerability", Vulnerability),
        misconfigurations=_silenced(result, "misconfiguration", Misconfiguration),
        secrets=_silenced(result, "secret", Secret),
    )
    for one in _of(asked, target, silenced, seen):
        yield msgspec.structs.replace(one, suppressed_inline=True)


def _silenced(result: _Result, word: str, kind: type[T]) -> tuple[T, ...]:
    try:
        return tuple(
            msgspec.json.decode(one.finding, type=kind)
            for one in result.modified
            if one.type == word
        )
    except msgspec.DecodeError as exc:
        raise NotReadError(f"a finding that was passed over is none of Trivy's: {exc}") from exc


def _of(asked: Asked, target: str, result: Result, seen: Seen) -> Iterator[Finding]:
    yield from trivy_advisories.findings(asked.stage, target, [result])
    for one in result.misconfigurations:
        if one.status != _PASSED:
            made = _misconfiguration(asked, target, one, seen)
            silent = one.status != _FAILED
            yield msgspec.structs.replace(made, suppressed_inline=True) if silent else made
    for secret in result.secrets:
        yield _secret(asked, target, secret, seen)


def _misconfiguration(asked: Asked, target: str, one: Misconfiguration, seen: Seen) -> Finding:
    cause = one.cause_metadata
    text = identity.normalised(cause.address or one.message or one.title)
    times = seen.times(one.id, target, text)
    return identity.new(
        kind=Kind.IAC,
        stage=asked.stage,
        rule=short(one.id, LONGEST),
        target=target,
        fingerprint=digest(text, times),
        title=short(one.title or one.id),
        message=(one.message or one.title)[:MESSAGE],
        severity=severity_of(one.severity),
        confidence=Confidence.HIGH,
        location=_location(target, cause.start_line, cause.end_line),
    )


def _secret(asked: Asked, target: str, one: Secret, seen: Seen) -> Finding:
    """Say which rule found something, and where. What it found stays out."""
    rule = short(one.rule_id, LONGEST)
    return identity.new(
        kind=Kind.SECRET,
        stage=asked.stage,
        rule=rule,
        target=target,
        fingerprint=digest("", seen.times(rule, target)),
        title=short(one.title or rule),
        message=short(one.title or rule),
        severity=severity_of(one.severity),
        location=_location(target, one.start_line, one.end_line),
    )


def _location(target: str, start: int, end: int) -> Location | None:
    path = path_of(target)
    return Location(path, start, max(start, end)) if path and start > 0 else None


def _gap(asked: Asked, target: str, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=asked.stage, target=target, reason=reason, detail=detail)
