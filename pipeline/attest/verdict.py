"""The verdict as it is, re-checkable against the bundle whose digest it names."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pipeline.attest.base import OWN, Evidence, Json, Said, bare

TYPE: Final = f"{OWN}/attestation/verdict/v1"


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say the whole verdict, but for texts that a scanner or the scanned code may have written."""
    yield Said(
        name="verdict",
        predicate={
            "verdict": _without_texts(msgspec.to_builtins(evidence.verdict)),
            "resource": evidence.resource,
            "bundle": {"sha256": bare(evidence.bundle)},
            "files": {
                name: {"sha256": bare(evidence.files[name])}
                for name in ("verdict.json", "findings.ndjson", "coverage.json")
            },
            "findings": len(evidence.findings),
            "tools": _tools(evidence),
            "feeds": _feeds(evidence),
            "penstock": evidence.penstock,
            "started": evidence.started,
            "finished": evidence.finished,
        },
    )


def _without_texts(verdict: Json) -> Json:
    """Keep rules, ids, counts and dates.

    Reasons, names of files and of people stay in the bundle: a transparency log is public.
    """
    kept: Json = {}
    for name, value in verdict.items():
        if name in {"unanswered", "tolerated"}:
            kept[name] = [_only(one, "stage", "class", "reason") for one in value]
        elif name in {"breaches", "warnings"}:
            kept[name] = [_only(one, "rule", "finding", "certain", "assumed") for one in value]
        elif name == "exceptions":
            kept[name] = [_only(one, "id", "status", "matches", "expires") for one in value]
        elif name == "break_glass":
            kept[name] = [_only(one, "id", "status", "commit", "expires") for one in value]
        else:
            kept[name] = value
    return kept


def _only(entry: dict[str, Any], *names: str) -> Json:
    return {name: entry[name] for name in names if name in entry}


def _tools(evidence: Evidence) -> list[Json]:
    found = {(one.name, one.version, one.sha256, one.locked): one
             for stage in evidence.stages for one in stage.tools}  # fmt: skip
    return [
        {"name": name, "version": version, "sha256": bare(sha256), "locked": locked}
        for name, version, sha256, locked in sorted(found)
    ]


def _feeds(evidence: Evidence) -> list[Json]:
    found = {(one.name, one.digest, one.updated, one.excerpt)
             for stage in evidence.stages for one in stage.feeds}  # fmt: skip
    return [
        {"name": name, "sha256": bare(digest), "updated": updated, "excerpt": excerpt}
        for name, digest, updated, excerpt in sorted(found)
    ]
