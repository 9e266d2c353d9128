"""JSON Schemas of our own predicates, made from what they are written from."""

from typing import Final

import msgspec

from pipeline.attest import coverage, verdict
from pipeline.attest.base import Json

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, Json]:
    """Return the schema of each own predicate, by name."""
    return {
        "attestation-coverage-v1": _of(coverage.Predicate, coverage.TYPE),
        "attestation-verdict-v1": _of(verdict.Predicate, verdict.TYPE),
    }


def _of(kind: type[msgspec.Struct], name: str) -> Json:
    (root,), parts = msgspec.json.schema_components((kind,), ref_template="#/$defs/{name}")
    for record, kept in verdict.KEPT.items():
        if record.__name__ in parts:
            parts[record.__name__] = _narrowed(parts[record.__name__], kept)
    return {"$schema": _DIALECT, "title": name, **root, "$defs": parts}


def _narrowed(part: Json, kept: tuple[str, ...]) -> Json:
    """Leave out of a record's schema what is left out of the statement; the rest is always said."""
    return {
        **part,
        "properties": {name: part["properties"][name] for name in kept},
        "required": list(kept),
        "additionalProperties": False,
    }
