"""Reads JSON that programs wrote, and refuses what two readers could read as two things."""

import json
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")
_MALFORMED: Final = "JSON is malformed: "
"""How msgspec itself begins, where it is the syntax."""


def decode(data: bytes | str, type_: type[T]) -> T:
    """Decode a report. Raises msgspec.DecodeError, for a member that is given twice too.

    Most readers take the last of two members of one name: a second, empty list of results would
    hide the first.
    """
    try:
        document = msgspec.json.decode(data, type=type_)
        json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as exc:
        why = str(exc).removeprefix(_MALFORMED)
        raise msgspec.DecodeError(f"{_MALFORMED}{why}") from exc
    return document


def _once(members: Sequence[tuple[str, object]]) -> None:
    """Hold an object's names against each other, and keep nothing: reports can be large."""
    names = {name for name, _ in members}
    if len(names) < len(members):
        raise msgspec.DecodeError("an object names a member twice")
