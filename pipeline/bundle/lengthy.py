"""Files of a bundle that are too long to be held: the same bytes, piece by piece."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from pipeline.model.finding import SCHEMA, Finding
from pipeline.model.verdict import Breach, Verdict

_SOME: Final = 4096
_LISTS: Final = (b' "breaches": [\n', b' "warnings": [\n')
T = TypeVar("T")


class Line(Finding, frozen=True, kw_only=True, gc=False):
    """A finding with its schema's name: a line of findings.ndjson."""

    schema: str = SCHEMA


def encode_line() -> "msgspec.json.Encoder":
    """Return what writes a `Line` as `write.findings_lines` writes a finding."""
    return msgspec.json.Encoder(order="sorted")


def verdict_pieces(
    verdict: Verdict, breaches: Iterable[Breach], warnings: Iterable[Breach]
) -> Iterator[bytes]:
    """Write a verdict with these lists in place of its own."""
    bare = pretty(msgspec.structs.replace(verdict, breaches=(), warnings=()))
    head, between, rest = _parted(bare)
    yield head
    yield from _list(breaches)
    yield between
    yield from _list(warnings)
    yield rest


def without_lists(path: Path) -> bytes:
    """Read a verdict, as bundles hold it, without breaches and warnings; any other one whole."""
    kept: list[bytes] = []
    inside = False
    with path.open("rb") as stream:
        for line in stream:
            if inside:
                inside = not line.startswith(b" ]")
            elif line in _LISTS:
                inside = True
                kept.append(line.replace(b"[", b"[],"))
            else:
                kept.append(line)
    return b"".join(kept)


def lines_of(path: Path) -> Iterator[Line]:
    """Read findings one by one. Raises ValueError where they are not in the order of their ids."""
    decode = msgspec.json.Decoder(Line).decode
    before = ""
    with path.open("rb") as stream:
        for line in stream:
            one = decode(line)
            if one.schema != SCHEMA or one.id <= before:
                raise ValueError(f"{path.name} is not sorted, or not {SCHEMA}")
            before = one.id
            yield one


def _parted(bare: bytes) -> tuple[bytes, bytes, bytes]:
    head, _, rest = bare.partition(b'\n "breaches": []')
    between, _, rest = rest.partition(b'\n "warnings": []')
    return head + b'\n "breaches": ', between + b'\n "warnings": ', rest


def _list(entries: Iterable[Breach]) -> Iterator[bytes]:
    first = True
    for some in _batches(entries):
        lines = pretty({"x": some})
        start, end = lines.index(b"[") + 1, lines.rindex(b"\n ]")
        yield (b"[" if first else b",") + lines[start:end]
        first = False
    yield b"[]" if first else b"\n ]"


def _batches(entries: Iterable[T]) -> Iterator[list[T]]:
    left = iter(entries)
    while some := list(islice(left, _SOME)):
        yield some


def pretty(value: object) -> bytes:
    """Write JSON as all of a bundle is written."""
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1) + b"\n"
