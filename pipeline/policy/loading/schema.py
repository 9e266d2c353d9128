"""Makes the JSON Schemas by which editors check what people write, texts included."""

import ast
import inspect
import json
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Final, TypeAlias

from pydantic import BaseModel

from pipeline.policy.loading import (
    break_glass_document,
    document,
    evidence_document,
    exception_document,
    roles_document,
    tools_document,
)
from pipeline.policy.loading.break_glass_document import BreakGlassDocument
from pipeline.policy.loading.document import GateDocument
from pipeline.policy.loading.exception_document import ExceptionDocument
from pipeline.policy.loading.key_texts import SAME, TEXTS
from pipeline.policy.loading.roles_document import RolesDocument

Json: TypeAlias = dict[str, object]
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MADE: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    "gate-policy-v1": (GateDocument, "Penstock gate policy (policies/gate.yaml)"),
    "exception-v1": (ExceptionDocument, "Penstock exception (policies/exceptions/ID.yaml)"),
    "break-glass-v1": (
        BreakGlassDocument,
        "Penstock break-glass record (policies/break-glass/ID.yaml)",
    ),
    "roles-v1": (RolesDocument, "Penstock roles (policies/roles.yaml)"),
}
_MODULES: Final[tuple[ModuleType, ...]] = (
    document,
    evidence_document,
    exception_document,
    roles_document,
    tools_document,
    break_glass_document,
)


def generate() -> dict[str, str]:
    """Return every schema made here, by name, as the text of its file."""
    return made(_MADE, _MODULES)


def made(
    models: Mapping[str, tuple[type[BaseModel], str]], modules: Iterable[ModuleType]
) -> dict[str, str]:
    """Return the schemas of models and their titles; the modules hold the texts of the keys."""
    texts = _texts(modules)
    return {
        name: json.dumps(_schema(model, title, texts), indent=1, sort_keys=True) + "\n"
        for name, (model, title) in models.items()
    }


def _schema(model: type[BaseModel], title: str, texts: Mapping[tuple[str, str], str]) -> Json:
    schema: Json = model.model_json_schema(by_alias=True)
    parts = schema.get("$defs", {})
    assert isinstance(parts, dict)  # noqa: S101 -- pydantic's own shape
    for name, part in (*parts.items(), (model.__name__, schema)):
        _describe(str(name), part, texts)
    return {"$schema": _DIALECT, **schema, "title": title}


def _describe(name: str, part: Json, texts: Mapping[tuple[str, str], str]) -> None:
    """Put the attribute docstrings of a model beside its properties."""
    properties = part.get("properties", {})
    assert isinstance(properties, dict)  # noqa: S101 -- pydantic's own shape
    parent = SAME.get(name, name)
    for field, said in properties.items():
        key = str(field)
        text = texts.get((name, key)) or texts.get((parent, key)) or TEXTS.get(parent, {}).get(key)
        if text is not None and isinstance(said, dict):
            said["description"] = text


def _texts(modules: Iterable[ModuleType]) -> dict[tuple[str, str], str]:
    """Read the attribute docstrings out of the source: pydantic would do so at every start."""
    return {
        (each.name, field): text
        for module in modules
        for each in ast.parse(inspect.getsource(module)).body
        if isinstance(each, ast.ClassDef)
        for field, text in _attributes(each).items()
    }


def _attributes(each: ast.ClassDef) -> dict[str, str]:
    found = {}
    for before, after in zip(each.body, each.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[before.target.id] = inspect.cleandoc(str(after.value.value))
    return found


def write() -> None:
    """Write the files of the package."""
    from pipeline import resources

    for name, text in generate().items():
        (resources.schemas() / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
