"""Makes docs/policy-reference.md: every key of every file that people write, from the schemas."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from pipeline.authoring import schema as tests
from pipeline.policy.loading import schema as files

Json: TypeAlias = Mapping[str, object]
PAGE: Final = "docs/policy-reference.md"
_FILES: Final[Mapping[str, str]] = {
    "gate-policy-v1": "gate.yaml",
    "exception-v1": "exceptions/ID.yaml",
    "roles-v1": "roles.yaml",
    "policy-test-v1": "tests/NAME_test.yaml",
}
_HEAD: Final = """# Reference of the policy's files

Generated from the schemas: change the models, then run `python -m pipeline.authoring.reference`.
What the keys are for is told in [policy.md](policy.md). `!` marks keys that must be there; a key
that is not listed is refused.
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    made = {**files.generate(), **tests.generate()}
    for name, file in _FILES.items():
        read = json.loads(made[name])
        yield from ("", f"## `{file}`", "", f"`penstock schema {name}` prints its JSON Schema.", "")
        parts = _mapping(read, "$defs")
        yield from _table(read)
        for part in sorted(parts):
            yield from ("", f"### {_title(part)} of `{file}`", "")
            said = _mapping(parts, part).get("description")
            yield from ((" ".join(str(said).split()), "") if said else ())
            yield from _table(_mapping(parts, part))


def _table(part: Json) -> Iterator[str]:
    needed = part.get("required", [])
    assert isinstance(needed, list)  # noqa: S101 -- JSON Schema's own shape
    yield "| Key | Takes | Not written | Meaning |"
    yield "|---|---|---|---|"
    for key in _mapping(part, "properties"):
        said = _mapping(_mapping(part, "properties"), key)
        mark = " !" if key in needed else ""
        told = " ".join(str(said.get("description", "")).split())
        default = _default(said) if key not in needed else ""
        yield f"| `{key}`{mark} | {_cell(_takes(said))} | {_cell(default)} | {_cell(told)} |"


def _default(said: Json) -> str:
    if said.get("default") is None:
        return ""
    return f"`{json.dumps(said['default'])}`"


def _takes(said: Json) -> str:  # noqa: PLR0911 -- one line for each form of a schema
    """Say in a few words what a key takes."""
    match said:
        case {"$ref": str() as ref}:
            return f"[{_title(_last(ref))}]"
        case {"const": value}:
            return f"`{_word(value)}`"
        case {"enum": list() as words}:
            return ", ".join(f"`{_word(one)}`" for one in words)
        case {"anyOf": list() as ways}:
            return " or ".join(_takes(one) for one in ways if one.get("type") != "null")
        case {"type": "array", "items": dict() as items}:
            return f"a list of: {_takes(items)}"
        case {"type": "object", "additionalProperties": dict() as inner}:
            names = said.get("propertyNames")
            keys = f" by {_takes(names)}" if isinstance(names, dict) and "enum" in names else ""
            return f"a mapping{keys} to: {_takes(inner)}"
        case _:
            return _plain(said)


def _plain(said: Json) -> str:
    kind = {"string": "text", "integer": "number"}.get(str(said.get("type")), str(said.get("type")))
    kind = "date" if said.get("format") == "date" else kind
    low, high = said.get("minimum"), said.get("maximum")
    span = f", {low} to {high}" if low is not None and high is not None else ""
    pattern = said.get("pattern")
    return f"{kind}{span}" + (f" like `{pattern}`" if pattern else "")


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _title(name: str) -> str:
    return name.removesuffix("Table")


def _last(ref: str) -> str:
    return ref.rpartition("/")[2]


def _mapping(part: Json, key: str) -> Json:
    found = part.get(key, {})
    assert isinstance(found, dict)  # noqa: S101 -- JSON Schema's own shape
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write() -> None:
    """Write the page of this checkout."""
    from pathlib import Path

    (Path(__file__).parents[2] / PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
