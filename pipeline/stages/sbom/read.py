"""Reads the CycloneDX that cyclonedx-py and `trivy convert` write."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from pipeline.model import strict
from pipeline.model.gap import GapReason, ToolError
from pipeline.stages.base import Job
from pipeline.stages.sbom.model import (
    MANIFEST,
    Bom,
    Component,
    canonical,
    joined,
    ref_of,
)
from pipeline.stages.tool_version import refuse_another
from pipeline.toolchain.command import Report

_COPY: Final = "src/"
"""How the private copy is called; whatever Trivy found beside it is a canary."""


class _Property(msgspec.Struct, frozen=True):
    name: str
    value: str = ""


class _Named(msgspec.Struct, frozen=True):
    name: str
    version: str = ""


class _Component(msgspec.Struct, frozen=True):
    type: str
    name: str
    ref: str = msgspec.field(name="bom-ref")
    version: str = ""
    group: str = ""
    purl: str = ""
    supplier: _Named | None = None
    licenses: tuple[dict[str, object], ...] = ()
    properties: tuple[_Property, ...] = ()


class _Tools(msgspec.Struct, frozen=True):
    components: tuple[_Named, ...]


class _Metadata(msgspec.Struct, frozen=True):
    tools: _Tools
    component: _Component | None = None


class _Dependency(msgspec.Struct, frozen=True):
    ref: str
    depends_on: tuple[str, ...] = msgspec.field(default=(), name="dependsOn")


class _Document(msgspec.Struct, frozen=True):
    """The fields that we depend on. A report without them is not a report."""

    bom_format: Literal["CycloneDX"] = msgspec.field(name="bomFormat")
    spec_version: Literal["1.7"] = msgspec.field(name="specVersion")
    metadata: _Metadata
    components: tuple[_Component, ...]
    dependencies: tuple[_Dependency, ...]


def listed(job: Job, report: Report, *, root: Component) -> Bom:
    """Read what cyclonedx-py made of a flat requirements file: all of it belongs to the root."""
    document = _decode(job, report, tool="cyclonedx-bom", maker="cyclonedx-py")
    # Its properties and links are left out: they quote our own flat file and guess at an index.
    components = joined(
        msgspec.structs.replace(_component(one), properties=frozenset())
        for one in document.components
    )
    depends = frozenset((root.ref, ref) for ref in components)
    return _bom(document, root, components, depends)


def manifests(job: Job, report: Report, *, root: Component) -> tuple[Bom, frozenset[str]]:
    """Read Trivy's list over the source, and which manifests it speaks of.

    Trivy has a component for each manifest; here that becomes a property of what it names.
    """
    document = _decode(job, report, tool="trivy", maker="trivy")
    graph = {one.ref: one.depends_on for one in document.dependencies}
    files = {
        one.ref: one.name.removeprefix(_COPY)
        for one in document.components
        if not one.purl and one.name.startswith(_COPY)
    }
    named_by = {file: _below(graph, file) for file in files}
    kept: dict[str, Component] = {}
    for one in document.components:
        paths = frozenset((MANIFEST, files[file]) for file in files if one.ref in named_by[file])
        if paths and one.ref not in files:
            made = _component(one)
            kept[one.ref] = msgspec.structs.replace(made, properties=made.properties | paths)
    new = {**dict.fromkeys(files, root.ref), **{old: one.ref for old, one in kept.items()}}
    bom = _bom(document, root, joined(kept.values()), _edges(graph, new))
    return bom, frozenset(files.values())


def image(job: Job, report: Report, *, root: Component) -> Bom:
    """Read Trivy's list of an image; its own root gives way to the image as we verified it."""
    document = _decode(job, report, tool="trivy", maker="trivy")
    made = {one.ref: _component(one) for one in document.components}
    new = {old: component.ref for old, component in made.items()}
    if document.metadata.component is not None:
        new[document.metadata.component.ref] = root.ref
    graph = {one.ref: one.depends_on for one in document.dependencies}
    return _bom(document, root, joined(made.values()), _edges(graph, new))


def _bom(
    document: _Document,
    root: Component,
    components: Mapping[str, Component],
    depends: frozenset[tuple[str, str]],
) -> Bom:
    tools = frozenset((one.name, one.version) for one in document.metadata.tools.components)
    return Bom(root=root, components=components, depends=depends, tools=tools, complete="unknown")


def _decode(job: Job, report: Report, *, tool: str, maker: str) -> _Document:
    try:
        document = strict.decode(report.data, _Document)
    except msgspec.DecodeError as exc:
        raise _unreadable(maker, str(exc)) from exc
    makers = {one.name: one.version for one in document.metadata.tools.components}
    if maker not in makers:
        raise _unreadable(maker, "another tool made it")
    refuse_another(job, tool, makers[maker])
    return document


def _unreadable(maker: str, why: str) -> ToolError:
    return ToolError(GapReason.TOOL_OUTPUT, f"{maker}: not an SBOM of its own: {why}")


def _component(one: _Component) -> Component:
    purl = canonical(one.purl) if one.purl else ""
    return Component(
        ref=ref_of(kind=one.type, name=one.name, version=one.version, purl=purl),
        kind=one.type,
        name=one.name,
        version=one.version,
        group=one.group,
        purl=purl,
        supplier=one.supplier.name if one.supplier else "",
        licenses=one.licenses,
        properties=frozenset((pair.name, pair.value) for pair in one.properties),
    )


def _below(graph: Mapping[str, Iterable[str]], start: str) -> frozenset[str]:
    """Return everything that can be reached from a reference."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for ref in graph.get(waiting.pop(), ()):
            if ref not in seen:
                seen.add(ref)
                waiting.append(ref)
    return frozenset(seen)


def _edges(
    graph: Mapping[str, Iterable[str]], new: Mapping[str, str]
) -> frozenset[tuple[str, str]]:
    """Rename the edges between what is kept, and drop those that became loops."""
    pairs = (
        (new[start], new[end])
        for start, below in graph.items()
        for end in below
        if start in new and end in new
    )
    return frozenset((start, end) for start, end in pairs if start != end)
