"""What lint finds in a policy."""

from typing import Literal, TypeAlias

import msgspec

from pipeline.errors import Where

Level: TypeAlias = Literal["error", "warning"]


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a policy that cannot be meant, or is about to go wrong."""

    code: str
    level: Level
    place: Where
    message: str
    help: str = ""


def error(code: str, place: Where, message: str, hint: str = "") -> Flaw:
    """Make a flaw that turns lint red."""
    return Flaw(code=code, level="error", place=place, message=message, help=hint)


def warning(code: str, place: Where, message: str, hint: str = "") -> Flaw:
    """Make a flaw that is only told."""
    return Flaw(code=code, level="warning", place=place, message=message, help=hint)
