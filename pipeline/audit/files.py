"""The files of an export. To add a format, write its function and add its line here."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.audit.markdown import render
from pipeline.audit.model import Audit
from pipeline.audit.tables import tables


def _csv(audit: Audit) -> Iterator[tuple[str, bytes]]:
    return ((name, text.encode("utf-8", "backslashreplace")) for name, text in tables(audit))


def _json(audit: Audit) -> Iterator[tuple[str, bytes]]:
    encoded = msgspec.json.encode(audit, order="deterministic")
    yield "audit.json", msgspec.json.format(encoded, indent=1) + b"\n"


def _markdown(audit: Audit) -> Iterator[tuple[str, bytes]]:
    yield "audit.md", render(audit).encode("utf-8", "backslashreplace")


FORMATS: Final[Mapping[str, Callable[[Audit], Iterator[tuple[str, bytes]]]]] = {
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
}
