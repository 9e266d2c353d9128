"""Digests that a server names beside a body: RFC 9530, and Google's storage, which has OSV."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.toolchain.answers import NetworkError

Sum: TypeAlias = tuple[str, bytes]
"""An algorithm and its digest."""

_PIECE: Final = 1 << 20
_REPR: Final = re.compile(r"(?:^|[\s,])sha-256=:([A-Za-z0-9+/]{43}=):")
_GOOGLE: Final = re.compile(r"(?:^|[\s,])md5=([A-Za-z0-9+/]{22}==)")


def told(headers: Mapping[str, str]) -> tuple[Sum, ...]:
    """Return the digests of the whole body, also where only a part of it comes."""
    named = (
        ("sha256", _REPR.search(headers.get("repr-digest", ""))),
        ("md5", _GOOGLE.search(headers.get("x-goog-hash", ""))),
    )
    return tuple((kind, _decoded(found[1])) for kind, found in named if found is not None)


def check(path: Path, sums: tuple[Sum, ...], url: str) -> None:
    """Hold a file against its digests. Raises NetworkError where one does not fit."""
    for kind, wanted in sums:
        # Against accidents on the way: whoever can forge the body can forge the header.
        found = hashlib.new(kind, usedforsecurity=False)
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                found.update(piece)
        if found.digest() != wanted:
            raise NetworkError(
                f"{url} arrived with the {kind} {found.hexdigest()}, "
                f"and its server says {wanted.hex()}",
                hint="try again later; where it stays, the mirror holds a broken copy",
            )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
