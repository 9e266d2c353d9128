"""What every kind of statement is made of, and what it owes."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Protocol, TypeAlias

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.outcome import StageEvidence
from pipeline.model.verdict import Verdict

Json: TypeAlias = dict[str, Any]

STATEMENT: Final = "https://in-toto.io/Statement/v1"
OWN: Final = "https://penstock.example"
"""The beginning of every identifier that is ours; it is a name, and nothing answers there."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a statement speaks of."""

    name: str
    digest: Mapping[str, str]
    """Hex by algorithm: `sha256` of a manifest or a file, `gitCommit`."""


class FileDigest(msgspec.Struct, frozen=True, kw_only=True):
    """A file, by the digest of its bytes."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A judged bundle, and the image that it is attested for."""

    resource: str
    """`HOST/NAME@sha256:…`: what a deployer asks about."""
    image: str
    """`sha256:…` of the manifest that was scanned, or of the index that holds it."""
    subjects: tuple[Subject, ...]
    """The image by every digest that it is deployed by, and the commit."""
    verdict: Verdict
    findings: tuple[Finding, ...]
    stages: tuple[StageEvidence, ...]
    required: tuple[tuple[str, str], ...]
    """(stage, always | when_present | no)."""
    files: Mapping[str, str]
    """Path in the bundle → `sha256:…`."""
    bundle: str
    """`sha256:…` of run.json, which names all other files by digest."""
    images: Mapping[str, str]
    """Reference as it was asked → digest of the manifest that was scanned."""
    boms: Mapping[str, bytes]
    """Digest of a scanned manifest → its CycloneDX document."""
    vex: bytes | None
    """An OpenVEX document, where one was exported."""
    verifier: str
    """Who judges, as a URI: a consumer holds it against who signed."""
    policy_uri: str
    penstock: str
    started: str
    finished: str


class Predicate(Protocol):
    """A kind of statement."""

    TYPE: str
    """The predicate type, which a consumer compares exactly."""

    def predicates(self, evidence: Evidence) -> "Iterator[Said]":
        """Say it, once, several times, or not at all where it would be untrue."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A predicate, before it becomes a statement."""

    name: str
    """Of the file, without its ending: unique among the statements of one image."""
    predicate: Json
    subjects: tuple[Subject, ...] | None = None
    """Where it speaks of something else than the image and the commit."""


def bare(digest: str) -> str:
    """Return the hex digits of `sha256:…`."""
    return digest.removeprefix("sha256:")
