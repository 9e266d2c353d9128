"""Infrastructure as code: Trivy's built-in checks, and one of our own for base images."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from pipeline.model import identity, tracks
from pipeline.model.finding import Finding, Kind, Location
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.model.severity import Confidence, Severity, severity_of
from pipeline.stages.base import Job, Options, Reports, take
from pipeline.stages.config import coverage as config_coverage
from pipeline.stages.config import dockerfile
from pipeline.stages.trivy import blocks as trivy_blocks
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.stages.trivy import command as trivy
from pipeline.stages.trivy import log as trivy_log
from pipeline.stages.trivy import report as trivy_report
from pipeline.stages.trivy.report import Document, Misconfiguration
from pipeline.stages.workflows import foreign
from pipeline.toolchain.command import Command

NAME: Final = "config"
KIND: Final = Kind.IAC
TOOLS: Final[tuple[str, ...]] = (trivy.TOOL,)
FEEDS: Final[tuple[str, ...]] = ()
redact = trivy_report.redact
redact_log = trivy_log.redact

UNPINNED: Final = "penstock.base-image-unpinned"
_BESIDE: Final = (".dockerignore", ".md")
"""Endings of files that stand beside a Dockerfile and begin with its name."""
_FAIL: Final = "FAIL"
_HELM: Final = "helm"
_MARKERS: Final = frozenset({"trivy:ignore", "tfsec:ignore"})
Silenced: TypeAlias = Mapping[str, list[int]]
"""By file, the lines that hold a comment for Trivy."""


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every infrastructure file; modules from elsewhere are never fetched, so are gaps."""
    del options
    gaps = tuple(
        Gap(
            stage=NAME,
            target=path,
            reason=GapReason.REMOTE_MODULE,
            detail=f"the module {source} is not in this tree and was not looked at",
        )
        for path, source in inventory.remote_modules
    )
    described = (path for path in inventory.iac if not path.endswith(_BESIDE))
    unread = foreign.gaps(NAME, foreign.CONFIG, inventory, inventory.foreign)
    modules = (path for path, _ in inventory.remote_modules)
    asked = {*described, *modules, *unread, *config_coverage.templates(inventory)}
    return Scope(asked=tuple(sorted(asked)), gaps=(*gaps, *unread.values()))


def commands(job: Job) -> tuple[Command, ...]:
    """Order the one process over the source."""
    return (trivy.source(job),)


def parse(job: Job, reports: Reports) -> Answer:
    """Read failed checks, and which files were really read."""
    document = trivy_report.read(job, reports, trivy.SOURCE)
    log = trivy_log.read(take(reports, trivy.SOURCE).stderr)
    content = config_coverage.texts(job)
    answered, gaps = config_coverage.judge(job, document, log, content)
    silenced = _silenced(job.inventory)
    return Answer(
        findings=(*_findings(job, document, silenced), *_unpinned(job, content, silenced)),
        answered=answered,
        gaps=gaps,
        canary=_canary(document),
    )


def _canary(document: Document) -> Canary:
    bitten = {
        (result.target, one.id)
        for result in document.of_class("config")
        for one in result.misconfigurations
        if one.status == _FAIL
    }
    found = trivy_canary.all_bitten(trivy_canary.CONFIG, bitten)
    return Canary.FOUND if found else Canary.MISSED


def _findings(job: Job, document: Document, silenced: Silenced) -> Iterator[Finding]:
    """Make a finding of each place where a check failed, once."""
    seen: set[tuple[str, str, int, int]] = set()
    counts: Counter[tuple[str, ...]] = Counter()
    for result in document.of_class("config"):
        if result.path is None:
            continue
        # Of a chart Trivy counts the lines that Helm rendered, which are not the file's.
        lines = None if result.type == _HELM else _lines(job, result.path)
        for one in sorted(result.misconfigurations, key=_place):
            place = (result.path, *_place(one))
            if one.status != _FAIL or one.namespace == trivy_blocks.NAMESPACE or place in seen:
                continue
            seen.add(place)
            blamed = Location(path=result.path, line=0, end_line=0)
            if lines is not None:
                blamed = Location(path=result.path, line=place[2], end_line=place[3])
            text = identity.numbered(counts, result.path, one.id, _text(lines, one))
            address = one.cause_metadata.address
            if address:
                address = identity.numbered(counts, result.path, one.id, address)
            yield _finding(one, blamed, text, address, silenced)


def _place(one: Misconfiguration) -> tuple[str, int, int]:
    return one.id, one.cause_metadata.start_line, one.cause_metadata.end_line


def _lines(job: Job, path: str) -> list[str]:
    try:
        data = (job.tree / "src" / path).read_bytes()
    except OSError:
        return []
    return data.decode("utf-8", "replace").splitlines()


def _text(lines: list[str] | None, one: Misconfiguration) -> str:
    """Return the lines that a check blames, or its words where there are none to trust."""
    if lines is None:
        return identity.normalised(one.message)
    start, end = one.cause_metadata.start_line, one.cause_metadata.end_line
    return identity.normalised("\n".join(lines[start - 1 : max(start, end)])) if start else ""


def _finding(
    one: Misconfiguration, blamed: Location, fingerprint: str, address: str, silenced: Silenced
) -> Finding:
    """Make a finding. A check that blames no line blames the file, from its first line."""
    start = max(blamed.line, 1)
    end = max(blamed.end_line, start)
    return identity.new(
        kind=Kind.IAC,
        stage=NAME,
        rule=one.id,
        target=blamed.path,
        fingerprint=fingerprint,
        track_ids=tracks.of_place(Kind.IAC, one.id, blamed.path, fingerprint, address),
        title=one.title or one.id,
        message=one.message or one.title or one.id,
        severity=severity_of(one.severity),
        location=Location(path=blamed.path, line=start, end_line=end),
        suppressed_inline=_is_silenced(silenced, blamed.path, blamed.line, end),
    )


def _silenced(inventory: Inventory) -> Silenced:
    lines: dict[str, list[int]] = {}
    for one in inventory.suppressions:
        if one.marker in _MARKERS:
            lines.setdefault(one.path, []).append(one.line)
    return lines


def _is_silenced(silenced: Silenced, path: str, start: int, end: int) -> bool:
    """Say whether a comment may have silenced the check: one on its lines or anywhere above.

    Which block a comment speaks for only Trivy knows. A check that blames the whole file is
    silenced from anywhere in it.
    """
    return any(not start or line <= end for line in silenced.get(path, ()))


def _unpinned(job: Job, content: Mapping[str, str], silenced: Silenced) -> Iterator[Finding]:
    """Report every FROM without a digest: what was scanned may not be what is built."""
    unnamed = dockerfile.unnamed(job.inventory)
    for path, text in content.items():
        if path not in unnamed and not dockerfile.is_dockerfile(path):
            continue
        counts: Counter[str] = Counter()
        for base in dockerfile.read(text).unpinned:
            yield identity.new(
                kind=Kind.IAC,
                stage=NAME,
                rule=UNPINNED,
                target=path,
                fingerprint=identity.digest(base.image, counts[base.image]),
                title="Base image without a digest",
                message=f"{base.image} may be another image tomorrow: add @sha256:…",
                severity=Severity.MEDIUM,
                confidence=Confidence.HIGH,
                location=Location(path=path, line=base.line, end_line=base.end_line),
                suppressed_inline=_is_silenced(silenced, path, base.line, base.end_line),
            )
            counts[base.image] += 1
