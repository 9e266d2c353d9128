"""The verdict as it is, re-checkable against the bundle whose digest it names."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from pipeline.attest.base import OWN, Evidence, FileDigest, Json, Said, bare
from pipeline.model.verdict import (
    Breach,
    BreakGlassRecord,
    ExceptionRecord,
    Unanswered,
    Verdict,
)

TYPE: Final = f"{OWN}/attestation/verdict/v1"
FILES: Final = ("verdict.json", "findings.ndjson", "coverage.json")
KEPT: Final[Mapping[type[msgspec.Struct], tuple[str, ...]]] = {
    Breach: ("rule", "finding", "certain", "assumed"),
    BreakGlassRecord: ("id", "status", "commit", "expires"),
    ExceptionRecord: ("id", "status", "matches", "expires"),
    Unanswered: ("stage", "class", "reason"),
}
"""What is said of records that hold more: reasons, names of files and of people stay in the
bundle, since a transparency log is public."""


class UsedTool(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A program that was asked."""

    name: str
    version: str
    sha256: str
    locked: bool
    """A lock pins it; at the door others count for nothing."""


class UsedFeed(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A snapshot of somebody's knowledge that a scanner went by."""

    name: str
    sha256: str
    updated: str
    excerpt: bool


class Predicate(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict, and by what it can be checked again."""

    verdict: Verdict
    """Without the texts that a scanner, a file or a person may have written."""
    resource: str
    """`HOST/NAME@sha256:…`."""
    bundle: FileDigest
    """Of run.json, which names every other file of the evidence by digest."""
    files: dict[str, FileDigest]
    findings: int
    tools: list[UsedTool]
    feeds: list[UsedFeed]
    penstock: str
    """The version that judged."""
    started: str
    finished: str


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say the whole verdict, but for texts that a scanner or the scanned code may have written."""
    said = Predicate(
        verdict=evidence.verdict,
        resource=evidence.resource,
        bundle=FileDigest(sha256=bare(evidence.bundle)),
        files={name: FileDigest(sha256=bare(evidence.files[name])) for name in FILES},
        findings=len(evidence.findings),
        tools=_tools(evidence),
        feeds=_feeds(evidence),
        penstock=evidence.penstock,
        started=evidence.started,
        finished=evidence.finished,
    )
    built: Json = msgspec.to_builtins(said)
    yield Said(name="verdict", predicate={**built, "verdict": _without_texts(evidence.verdict)})


def _without_texts(verdict: Verdict) -> Json:
    return {
        field.encode_name: _without(getattr(verdict, field.name))
        for field in msgspec.structs.fields(Verdict)
    }


def _without(value: object) -> object:
    if isinstance(value, tuple) and value and (kept := KEPT.get(type(value[0]))):
        return [{name: one[name] for name in kept} for one in msgspec.to_builtins(value)]
    return msgspec.to_builtins(value)


def _tools(evidence: Evidence) -> list[UsedTool]:
    return sorted(
        {
            UsedTool(name=one.name, version=one.version, sha256=bare(one.sha256), locked=one.locked)
            for stage in evidence.stages
            for one in stage.tools
        }
    )


def _feeds(evidence: Evidence) -> list[UsedFeed]:
    return sorted(
        {
            UsedFeed(
                name=one.name, sha256=bare(one.digest), updated=one.updated, excerpt=one.excerpt
            )
            for stage in evidence.stages
            for one in stage.feeds
        }
    )
