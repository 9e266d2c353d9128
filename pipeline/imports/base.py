"""What every format of a report from elsewhere is: a name, a mark, and a reader of its bytes."""

from collections.abc import Callable
from typing import IO, Protocol

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap
from pipeline.model.imported import Lack


class NotReadError(PenstockError):
    """A file is not the report that it should be. Nothing of it is believed."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader is told beside the bytes."""

    stage: str
    kind: Kind
    """What a finding of this stage is, where the format does not say."""
    target: str
    """Where a finding is that names no place: the first target; may be empty."""
    roots: tuple[str, ...] = ()
    """Absolute paths of the tree that is judged."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says beside its findings. Empty and None: it does not say."""

    tool: str = ""
    version: str = ""
    made: str | None = None
    target: str = ""
    """What it was run on, as it says."""
    commit: str | None = None
    """The revision that was looked at."""
    listed: frozenset[str] = frozenset()
    """The targets that it proves to have looked at."""
    gaps: tuple[Gap, ...] = ()
    lacks: frozenset[Lack] = frozenset()


class Reader(Protocol):
    """A format. A module is one: self is ignored (PEP 544)."""

    NAME: str
    """As coverage.json names it."""
    TITLE: str
    """As people call it."""

    def is_it(self, names: frozenset[str]) -> bool:
        """Tell by the names of a document's members whether it is of this format."""

    def read(self, stream: IO[bytes], asked: Asked, found: Callable[[Finding], None]) -> Word:
        """Hand over every finding, and return the rest. Raises NotReadError."""
