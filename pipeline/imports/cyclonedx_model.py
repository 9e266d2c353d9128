"""CycloneDX, with the members that a judgement rests on."""

from typing import TypeAlias

import msgspec


class _Base(msgspec.Struct, frozen=True, rename="camel"):
    """Members that the standard lets out have a value that says nothing."""


class Component(_Base, frozen=True):
    """A package, or the thing that is described."""

    name: str
    version: str | None = None
    purl: str | None = None
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    components: "list[Component]" = []


class Tools(_Base, frozen=True):
    """What made the document, as it is written since 1.5."""

    components: list[Component] = []


ToolList: TypeAlias = list[Component] | Tools | None


class Metadata(_Base, frozen=True):
    """What the document says of itself."""

    timestamp: str | None = None
    component: Component | None = None
    tools: ToolList = None


class Named(_Base, frozen=True):
    """Somebody who says something."""

    name: str | None = None


class Rating(_Base, frozen=True):
    """How bad somebody says it is."""

    severity: str | None = None
    vector: str | None = None
    source: Named | None = None


class Reference(_Base, frozen=True):
    """Another name."""

    id: str


class Analysis(_Base, frozen=True):
    """What somebody found out about it."""

    state: str | None = None


class Affected(_Base, frozen=True):
    """A component that it concerns."""

    ref: str


class Vulnerability(_Base, frozen=True):
    """An advisory, and what it concerns."""

    id: str
    ratings: list[Rating] = []
    references: list[Reference] = []
    cwes: list[int] = []
    description: str | None = None
    detail: str | None = None
    published: str | None = None
    rejected: str | None = None
    analysis: Analysis | None = None
    affects: list[Affected] = []


class Composition(_Base, frozen=True):
    """How whole a part of it is said to be."""

    aggregate: str


class Document(_Base, frozen=True):
    """A bill of materials."""

    bom_format: str
    spec_version: str
    metadata: Metadata = Metadata()
    components: list[Component] = []
    vulnerabilities: list[Vulnerability] | None = None
    compositions: list[Composition] | None = None
