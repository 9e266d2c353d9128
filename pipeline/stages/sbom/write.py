"""Writes an SBOM as CycloneDX 1.7: equal contents give equal bytes."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid5

import msgspec

from pipeline import __version__
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.official import why_no_cyclonedx
from pipeline.stages.sbom.model import Bom, Component

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json; version=1.7"

_SPACE: Final = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.7.schema.json"


def write(bom: Bom, *, subject: str) -> bytes:
    """Write and validate an SBOM; `subject` is a digest of what it describes.

    Raises ToolError(TOOL_OUTPUT) when the result does not meet the official schema, which a
    scanner's odd licence or hash can bring about.
    """
    document = _document(bom, subject)
    if why := why_no_cyclonedx(document):
        raise ToolError(GapReason.TOOL_OUTPUT, f"sbom: not valid CycloneDX 1.7 at {why}")
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _document(bom: Bom, subject: str) -> dict[str, object]:
    components = sorted(bom.components.values(), key=lambda one: one.ref)
    return {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": uuid5(_SPACE, f"{bom.root.ref} {subject}").urn,
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": _tools(bom)},
            "authors": [{"name": "Penstock"}],
            "component": _component(bom.root),
        },
        "components": [_component(one) for one in components],
        "dependencies": _dependencies(bom),
        "compositions": [{"aggregate": bom.complete, "assemblies": [bom.root.ref]}],
    }


def _tools(bom: Bom) -> list[dict[str, object]]:
    tools = sorted({*bom.tools, ("penstock", __version__)})
    return [{"type": "application", "name": name, "version": version} for name, version in tools]


def _component(one: Component) -> dict[str, object]:
    properties = [{"name": name, "value": value} for name, value in sorted(one.properties)]
    values: dict[str, object] = {
        "type": one.kind,
        "bom-ref": one.ref,
        "supplier": {"name": one.supplier} if one.supplier else None,
        "group": one.group,
        "name": one.name,
        "version": one.version,
        "licenses": list(one.licenses),
        "purl": one.purl,
        "properties": properties,
    }
    return {name: value for name, value in values.items() if value}


def _dependencies(bom: Bom) -> list[dict[str, object]]:
    below: dict[str, list[str]] = {ref: [] for ref in (bom.root.ref, *bom.components)}
    for start, end in sorted(bom.depends):
        below[start].append(end)
    return [_dependency(ref, below[ref]) for ref in sorted(below)]


def _dependency(ref: str, below: Iterable[str]) -> dict[str, object]:
    return {"ref": ref, "dependsOn": list(below)}
