"""The files of an export. To add a format, write its function and add its line here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, TypeAlias

import msgspec

from pipeline.audit.markdown import render
from pipeline.audit.model import Audit, SlaRow
from pipeline.audit.tables import tables

Files: TypeAlias = Iterator[tuple[str, Iterator[bytes]]]
"""(name, pieces): what may be large is never whole in memory."""
_TAIL: Final = b"[]\n}"
"""How a document ends whose last list is still empty."""


def _csv(audit: Audit, sla: Iterable[SlaRow]) -> Files:
    for name, lines in tables(audit, sla):
        yield name, (line.encode("utf-8", "backslashreplace") for line in lines)


def _json(audit: Audit, sla: Iterable[SlaRow]) -> Files:
    encoded = msgspec.json.encode(audit, order="deterministic")
    head = msgspec.json.format(encoded, indent=1).removesuffix(_TAIL)
    yield "audit.json", chain([head, b"["], _rows(sla), [b"\n ]\n}\n"])


def _rows(sla: Iterable[SlaRow]) -> Iterator[bytes]:
    before = b"\n  "
    for row in sla:
        yield before + msgspec.json.encode(row)
        before = b",\n  "


def _markdown(audit: Audit, sla: Iterable[SlaRow]) -> Files:  # noqa: ARG001 -- as all others
    yield "audit.md", iter([render(audit).encode("utf-8", "backslashreplace")])


FORMATS: Final[Mapping[str, Callable[[Audit, Iterable[SlaRow]], Files]]] = {
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
}
