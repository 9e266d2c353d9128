"""Validators of the official JSON Schemas that ship with Penstock."""

from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline import resources

if TYPE_CHECKING:
    from jsonschema_rs import Draft7Validator, Draft202012Validator

_CYCLONEDX: Final = "bom-1.7.schema.json"
_REFERRED: Final = (
    "cryptography-defs.schema.json",
    "jsf-0.82.schema.json",
    "spdx.schema.json",
)
_OPENVEX: Final = "openvex-0.2.0.schema.json"


def why_no_cyclonedx(document: object) -> str:
    """Say where a document is no CycloneDX 1.7; nothing where it is."""
    return _why(_cyclonedx(), document)


def why_no_openvex(document: object) -> str:
    """Say where a document is no OpenVEX 0.2.0; nothing where it is."""
    return _why(_openvex(), document)


def _why(validator: "Draft7Validator | Draft202012Validator", document: object) -> str:
    error = next(iter(validator.iter_errors(document)), None)
    if error is None:
        return ""
    place = "/".join(str(step) for step in error.instance_path)
    return f"{place or 'the top'}: {error.message[:200]}"


@cache
def _cyclonedx() -> "Draft7Validator":
    import jsonschema_rs

    referred = [_read(name) for name in _REFERRED]
    registry = jsonschema_rs.Registry([(str(schema["$id"]), schema) for schema in referred])
    return jsonschema_rs.Draft7Validator(
        _read(_CYCLONEDX), registry=registry, validate_formats=True
    )


@cache
def _openvex() -> "Draft202012Validator":
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_read(_OPENVEX), validate_formats=True)


def _read(name: str) -> dict[str, object]:
    path = resources.schemas() / "vendor" / name
    return msgspec.json.decode(path.read_bytes(), type=dict[str, object])
