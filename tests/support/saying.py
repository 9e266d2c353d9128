"""A network in which everybody answers everything with the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain.http import Answer, Http

UNREADABLE: Final = {
    "too deep": b"[" * 3000 + b"]" * 3000,
    "no UTF-8": b'"\xff"',
}
"""Values that are no syntax errors to a reader of JSON, and that it does not read."""
unreadable = pytest.mark.parametrize("odd", UNREADABLE.values(), ids=UNREADABLE)


class Says(Http):
    """Answers without asking anybody."""

    def __init__(self, body: bytes, media: str = "application/json") -> None:
        super().__init__()
        self._body, self._media = body, media

    def send(
        self,
        method: str,
        url: str,
        body: bytes | Path | None,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        allowed: frozenset[int] = frozenset(),
        redirects: int = 0,
    ) -> Answer:
        del method, body, limit, headers, allowed, redirects
        return Answer(status=200, headers={"content-type": self._media}, body=self._body, url=url)
