"""Files of a bundle that are too long to be held: the same bytes, piece by piece."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from pipeline.model.finding import SCHEMA, Finding
from pipeline.model.verdict import Breach, Verdict

_SOME: Final = 4096
_LISTS: Final = (b' "breaches": [\n', b' "warnings": [\n')
_END: Final = b" ]"
_LAST: Final = (b"  },\n", b"  }\n")
"""How an entry ends that has another one behind it, and how the last one does."""
T = TypeVar("T")


class Line(Finding, frozen=True, kw_only=True, gc=False):
    """A finding with its schema's name: a line of findings.ndjson."""

    schema: str = SCHEMA


class _Stored(Finding, frozen=True, kw_only=True, gc=False):
    """A finding as a bundle holds it: it says what it is, and its id is one of ours."""

    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    schema: Literal["penstock/finding@1"]


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
    """Read a verdict, as bundles hold it, without breaches and warnings; any other one whole.

    Raises ValueError where something else stands in those two lists.
    """
    kept: list[bytes] = []
    with path.open("rb") as stream:
        for line in stream:
            if line in _LISTS:
                kept += (line.replace(b"[", b"[]").rstrip(), _passed(stream))
            else:
                kept.append(line)
    return b"".join(kept)


def _passed(stream: Iterable[bytes]) -> bytes:
    """Read the entries of a list, one by one, and return what stands behind it."""
    decode = msgspec.json.Decoder(Breach).decode
    entry: list[bytes] = []
    more = True
    for line in stream:
        if line.startswith(_END) and not entry and not more:
            return line.removeprefix(_END)
        if not more:
            raise ValueError("a list of the verdict is not as it was written")
        entry.append(line)
        if line in _LAST:
            decode(b"".join(entry).rstrip().removesuffix(b","))
            entry, more = [], line == _LAST[0]
    raise ValueError("a list of the verdict has no end")


def lines_of(path: Path) -> Iterator[Finding]:
    """Read findings one by one. Raises ValueError where they are not as bundles hold them.

    Whoever reads a bundle reads them here: there are no two opinions on the same bytes.
    """
    decode = msgspec.json.Decoder(_Stored).decode
    before = ""
    with path.open("rb") as stream:
        for line in stream:
            one = decode(line)
            if one.id <= before:
                raise ValueError(f"{path.name} is not sorted by ids that differ")
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
