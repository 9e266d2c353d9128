"""Reads in-toto statements: ours, and those of cosign, which leave names out and know v0.1."""

from typing import Any, Final

import msgspec

from pipeline.model import strict
from pipeline.signing.envelope import IN_TOTO

_TYPES: Final = frozenset({"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"})


class Subject(msgspec.Struct, frozen=True):
    """Something that a statement speaks of."""

    digest: dict[str, str]
    name: str | None = None


class Statement(msgspec.Struct, frozen=True, rename="camel"):
    """An in-toto statement. Nothing of its predicate is believed yet."""

    kind: str = msgspec.field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str
    predicate: dict[str, Any]

    @property
    def digests(self) -> frozenset[str]:
        """Hex digits of every sha256 among the subjects."""
        return frozenset(one.digest["sha256"] for one in self.subject if "sha256" in one.digest)


def read(payload: bytes, payload_type: str) -> Statement:
    """Read a verified payload. Raises ValueError for what is no statement."""
    if payload_type != IN_TOTO:
        raise ValueError(f"it holds {payload_type[:80]!r}, and no in-toto statement")
    try:
        found = strict.decode(payload, Statement)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"it holds no in-toto statement: {error}") from error
    if found.kind not in _TYPES:
        raise ValueError(f"its statement is of the unknown type {found.kind[:80]!r}")
    return found


def at(value: object, *path: str) -> Any:  # noqa: ANN401 -- JSON that was signed, and is not believed
    """Walk into JSON; None where the way ends."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
