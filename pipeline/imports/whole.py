"""Documents that are read at once, with a limit on how large they may be."""

from typing import IO, TypeVar

from pipeline.imports.base import NotReadError
from pipeline.imports.cursor import BAD, LARGEST
from pipeline.model import strict

T = TypeVar("T")


def whole(stream: IO[bytes], type_: type[T], title: str) -> T:
    """Decode a document. Raises NotReadError for one that is none, or too large to be held."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise NotReadError(
            f"it is larger than {LARGEST >> 20} MiB, and {title} is read at once",
            hint="SARIF is read in pieces, and may have any size",
        )
    try:
        return strict.decode(data, type_)
    except BAD as exc:
        raise NotReadError(f"it is no {title} report that can be read: {exc}") from exc
