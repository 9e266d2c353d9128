"""What every report format is: a pure function from a record to text."""

from typing import Protocol

import msgspec

from pipeline.model.record import RunRecord


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader's screen can show. The default is a file."""

    color: bool = False
    width: int = 100
    unicode: bool = True


class Format(Protocol):
    """A report format. A module is one: self is ignored (PEP 544)."""

    MEDIA: str
    FILE: str | None
    """Its name in the bundle, or None where the bundle needs no copy."""

    def render(self, record: RunRecord, style: Style) -> str:
        """Write the record. Whatever a tool or a repository could influence is escaped."""
