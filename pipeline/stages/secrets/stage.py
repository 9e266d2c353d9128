"""Secrets in the source: Trivy with every allow rule off. Values never leave this parser."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pipeline.model import identity, tracks
from pipeline.model.finding import Finding, Kind, Location
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.inventory import Inventory
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.model.severity import severity_of
from pipeline.stages.base import Job, Options, Reports
from pipeline.stages.secrets.identity import Namer, cut, namer
from pipeline.stages.secrets.passed_over import skipped
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.stages.trivy import command as trivy
from pipeline.stages.trivy import log as trivy_log
from pipeline.stages.trivy import report as trivy_report
from pipeline.stages.trivy.report import Document, Result, Secret
from pipeline.toolchain.command import Command

NAME: Final = "secrets"
KIND: Final = Kind.SECRET
TOOLS: Final[tuple[str, ...]] = (trivy.TOOL,)
FEEDS: Final[tuple[str, ...]] = ()
redact = trivy_report.redact
redact_log = trivy_log.redact

_IN_WORDS: Final = {
    "hmac": "its name is keyed (HMAC)",
    "scrypt": "its name rests on a public salt (scrypt)",
    "place": "it is named by its place: too many secrets for more",
}


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every text file, never for binary ones; what was listed and not copied is a gap."""
    del options
    gaps = tuple(
        Gap(stage=NAME, target=one.path, reason=one.reason, detail=one.detail)
        for one in inventory.unread
    )
    asked = {*(one.path for one in inventory.files if not one.binary), *(g.target for g in gaps)}
    return Scope(asked=tuple(sorted(path for path in asked if path is not None)), gaps=gaps)


def commands(job: Job) -> tuple[Command, ...]:
    """Order the one process over the source."""
    return (trivy.source(job),)


def parse(job: Job, reports: Reports) -> Answer:
    """Read the secrets. Every text file is answered but those that Trivy passes over."""
    document = trivy_report.read(job, reports, trivy.SOURCE)
    _refuse_strangers(job, document)
    passed = dict(skipped(job))
    return Answer(
        findings=tuple(_findings(job, document)),
        answered=frozenset(path for path in job.scope.asked if path not in passed),
        gaps=tuple(
            Gap(stage=NAME, target=path, reason=reason, detail=detail)
            for path, (reason, detail) in sorted(passed.items())
        ),
        canary=_canary(document),
    )


def _refuse_strangers(job: Job, document: Document) -> None:
    """Refuse a secret in a file that nobody listed: the one that it is in would count as clean."""
    files = {file.path for file in job.inventory.files}
    for result in document.of_class("secret"):
        if result.path is not None and result.path not in files:
            said = f"trivy reports a secret in {result.target[:80]!r}, which it was not given"
            raise ToolError(GapReason.TOOL_OUTPUT, said)


def _canary(document: Document) -> Canary:
    bitten = {
        (result.target, secret.rule_id)
        for result in document.of_class("secret")
        for secret in result.secrets
    }
    found = trivy_canary.all_bitten(trivy_canary.SECRETS, bitten)
    return Canary.FOUND if found else Canary.MISSED


def _findings(job: Job, document: Document) -> Iterator[Finding]:
    name = namer(job.options.hmac_key)
    for result in document.of_class("secret"):
        if result.path is not None:
            yield from _in_file(job, result, result.path, name)


def _in_file(job: Job, result: Result, path: str, name: Namer) -> Iterator[Finding]:
    try:
        content = (job.tree / "src" / path).read_bytes()
    except OSError:
        content = b""
    seen: Counter[str] = Counter()
    for secret in sorted(result.secrets, key=lambda one: (one.start_line, one.offset)):
        value = cut(
            content, offset=secret.offset, end_line=secret.end_line, masked=secret.match
        )  # fmt: skip
        called = name(secret.rule_id, value)
        yield _finding(secret, path, called, seen[f"{secret.rule_id} {called}"])
        seen[f"{secret.rule_id} {called}"] += 1


def _finding(secret: Secret, path: str, called: str, ordinal: int) -> Finding:
    line = max(secret.start_line, 1)
    title = secret.title or secret.rule_id
    return identity.new(
        kind=Kind.SECRET,
        stage=NAME,
        rule=secret.rule_id,
        target=path,
        fingerprint=identity.digest(called, ordinal),
        track_ids=_tracks(secret.rule_id, path, called, ordinal),
        title=title,
        message=f"{title} in line {line}; {_IN_WORDS[called.partition(':')[0]]}",
        severity=severity_of(secret.severity),
        location=Location(path=path, line=line, end_line=max(secret.end_line, line)),
    )


def _tracks(rule: str, path: str, called: str, ordinal: int) -> tuple[str, ...]:
    """Follow a secret wherever it moves; one that has no name of its own stays with its place."""
    if called == "place":
        return tracks.of_place(Kind.SECRET, rule, path, identity.digest(called, ordinal))
    return tracks.of_secret(rule, called)
