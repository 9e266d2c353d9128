"""Makes the JSON Schemas of what Penstock writes and of its configuration, from their types."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from pipeline.attest.schema import schemas
from pipeline.audit.model import SCHEMA as AUDIT
from pipeline.audit.model import Audit
from pipeline.bundle.coverage import Coverage
from pipeline.bundle.facts import Facts
from pipeline.bundle.run import RunFile
from pipeline.config.document import Document
from pipeline.model.finding import SCHEMA as FINDING
from pipeline.model.finding import Finding
from pipeline.model.verdict import SCHEMA as VERDICT
from pipeline.model.verdict import Verdict
from pipeline.release.told import PROMOTION, SIGNED, Ended, Promotion
from pipeline.verification.model import SCHEMA as VERIFICATION
from pipeline.verification.model import Answer

Json: TypeAlias = dict[str, object]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_RECORDS: Final[Mapping[str, tuple[type[msgspec.Struct], str]]] = {
    "audit-v1": (Audit, AUDIT),
    "coverage-v1": (Coverage, "penstock/coverage@1"),
    "facts-v1": (Facts, "penstock/facts@1"),
    "finding-v1": (Finding, FINDING),
    "run-v1": (RunFile, "penstock/run@1"),
    "verdict-v1": (Verdict, VERDICT),
}
_UNIONS: Final[Mapping[str, tuple[object, str]]] = {
    "promotion-v1": (Promotion, PROMOTION),
    "signed-v1": (Ended, SIGNED),
    "verification-v1": (Answer, VERIFICATION),
}


def generate() -> dict[str, str]:
    """Return every schema made here, by name, as the text of its file."""
    made = {**schemas(), **{name: _record(*what) for name, what in _RECORDS.items()}}
    made |= {name: _union(*what) for name, what in _UNIONS.items()}
    made["config-v1"] = {"$schema": _DIALECT, **Document.model_json_schema(by_alias=True)}
    return {name: json.dumps(one, indent=1, sort_keys=True) + "\n" for name, one in made.items()}


def _union(kinds: object, tag: str) -> Json:
    """Write the schema of a document that is one of several, which it names itself."""
    return {
        "$schema": _DIALECT,
        "title": tag,
        "type": "object",
        "properties": {"schema": {"const": tag}},
        "required": ["schema"],
        **msgspec.json.schema(kinds),
    }


def _record(kind: type[msgspec.Struct], tag: str) -> Json:
    """Write a record's schema; the key `schema` is pinned to the tag wherever the type keeps it."""
    (root,), parts = msgspec.json.schema_components((kind,), ref_template="#/$defs/{name}")
    name = str(root["$ref"]).rpartition("/")[2]
    body = dict(parts.pop(name))
    properties = body.get("properties")
    required = body.get("required")
    body["properties"] = {
        **(properties if isinstance(properties, dict) else {}),
        "schema": {"const": tag},
    }
    body["required"] = sorted({*(required if isinstance(required, list) else ()), "schema"})
    return {"$schema": _DIALECT, "title": tag, **body, "$defs": parts}


def write(folder: Path) -> None:
    """Write every schema into a folder."""
    for name, text in generate().items():
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from pipeline import resources

    write(resources.schemas())
