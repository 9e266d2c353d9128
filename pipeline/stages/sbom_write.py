"""Writes an SBOM as CycloneDX 1.7: equal contents give equal bytes."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

import msgspec

from pipeline import __version__, resources
from pipeline.model.gap import GapReason, ToolError
from pipeline.stages.sbom_model import Bom, Component

if TYPE_CHECKING:
    from jsonschema_rs import Draft7Validator

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json; version=1.7"

_SPACE: Final = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.7.schema.json"
_MAIN: Final = "bom-1.7.schema.json"
_REFERRED: Final = (
    "cryptography-defs.schema.json",
    "jsf-0.82.schema.json",
    "spdx.schema.json",
)


def write(bom: Bom, *, subject: str) -> bytes:
    """Write and validate an SBOM; `subject` is a digest of what it describes.

    Raises ToolError(TOOL_OUTPUT) when the result does not meet the official schema, which a
    scanner's odd licence or hash can bring about.
    """
    document = _document(bom, subject)
    error = next(_validator().iter_errors(document), None)
    if error is not None:
        place = "/".join(str(step) for step in error.instance_path)
        raise ToolError(
            GapReason.TOOL_OUTPUT,
            f"sbom: not valid CycloneDX 1.7 at {place}: {error.message[:200]}",
        )
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


@cache
def _validator() -> "Draft7Validator":
    import jsonschema_rs

    folder = resources.schemas() / "vendor"
    read = msgspec.json.decode
    referred = [read((folder / name).read_bytes()) for name in _REFERRED]
    registry = jsonschema_rs.Registry([(schema["$id"], schema) for schema in referred])
    return jsonschema_rs.Draft7Validator(
        read((folder / _MAIN).read_bytes()), registry=registry, validate_formats=True
    )


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
