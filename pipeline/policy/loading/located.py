"""Turns what pydantic says about a value into an error that points at the line."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pipeline.errors import UsageError, Where
from pipeline.policy.loading.yaml import Document

_MOST: Final = 20
_QUOTED: Final = re.compile(r"'([^']*)'")
_PLAINER: Final = {
    "model_type": "a mapping is due here, as `key: value`",
    "extra_forbidden": "there is no such key",
    "missing": "this key is missing",
    "date_type": "a date is written plainly, as 2026-12-31",
    "string_type": "a text is due here, in quotes where it looks like something else",
    "int_type": "a whole number is due here, without quotes",
    "bool_type": "true or false is due here, without quotes",
    "list_type": "a list is due here, as `[a, b]`",
    "tuple_type": "a list is due here, as `[a, b]`",
    "dict_type": "a mapping is due here, as `key: value`",
}
_SEE: Final = "docs/policy-reference.md has every key"
_KNOWN_WORDS: Final = {
    "image": "an image's findings have kind sca; write `stage: [image]` to mean only those",
    "when": "expressions are not read; use the fields of `match`",
    "extends": "a policy is one folder; nothing is read from elsewhere",
    "allow": "no rule can allow; write an exception instead",
    "approvers": "approvers are derived from signatures, never named in the file",
}
Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], document: Document, *, see: str = _SEE) -> Model:
    """Check a document against a model. Raises UsageError that names every fault."""
    try:
        return model.model_validate(document.value)
    except ValidationError as exc:
        raise _usage(exc.errors(include_url=False), model, document, see) from exc


def fault(document: Document, loc: Sequence[str | int], message: str, hint: str = "") -> UsageError:
    """Make the error for a fault at a place of a document."""
    return UsageError(f"{_dotted(loc)}: {message}", hint=hint, where=document.where(loc))


def near(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word."""
    spelt = {one.casefold(): one for one in sorted(set(known), reverse=True)}
    close = difflib.get_close_matches(word.casefold(), spelt, n=1)
    return f"did you mean {spelt[close[0]]!r}?" if close else ""


def _usage(
    errors: Sequence[ErrorDetails], model: type[BaseModel], document: Document, see: str
) -> UsageError:
    lines = [_line(error, document) for error in errors[:_MOST]]
    if len(errors) > _MOST:
        lines.append(f"and {len(errors) - _MOST} more")
    # What is misspelt says more than what is missed for it.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    hint = _hint(first, model) or see
    return UsageError("\n".join(lines), hint=hint, where=_where(first, document))


def _where(error: ErrorDetails, document: Document) -> Where:
    return document.where(error["loc"])


def _line(error: ErrorDetails, document: Document) -> str:
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message = _PLAINER.get(error["type"], said)
    where = _where(error, document)
    place = f" (line {where.line})" if where.line else ""
    return f"{_dotted(error['loc'])}: {message}{place}"


def _dotted(loc: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in loc) or "the file"


def _hint(error: ErrorDetails, model: type[BaseModel]) -> str:
    word = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        if error.get("input") is None:
            return "inside { } a text that holds a comma needs quotes"
        foreign = "" if word.isascii() else "it holds letters of another alphabet; "
        here = near(word, _keys_at(error["loc"][:-1], model))
        return _KNOWN_WORDS.get(word) or foreign + (here or near(word, _keys(model)))
    if error["type"] == "literal_error":
        said = str(error.get("input", ""))
        expected = _QUOTED.findall(str(error.get("ctx", {}).get("expected", "")))
        return _KNOWN_WORDS.get(said) or near(said, expected)
    return ""


def _keys_at(loc: Sequence[str | int], model: type[BaseModel]) -> Iterator[str]:
    """Yield the keys that may stand at a place, so that the nearest one is one of them."""
    here: set[type[BaseModel]] = {model}
    for step in loc:
        fields = (field for one in here for field in _fields(one, str(step)))
        here = {inner for field in fields for inner in _models(field.annotation)} or here
    for one in here:
        yield from (field.alias or name for name, field in one.model_fields.items())


def _fields(model: type[BaseModel], key: str) -> Iterator[FieldInfo]:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            yield field


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in _models(field.annotation):
            yield from _keys(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
