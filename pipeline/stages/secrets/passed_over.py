"""Which files Trivy passes over, wholly or in part, by the rules of its own source."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.model.gap import GapReason
from pipeline.stages.base import Job

_HEAD: Final = 300
"""Trivy looks at so many bytes, and passes over a file with one of these among them."""
_BINARY: Final = bytes([*range(7), 11, *range(14, 27), *range(28, 32), 127])
_SHORT: Final = 10
"""Trivy passes over shorter files: no secret fits in."""
_CHUNK: Final = 64 << 10
_OVERLAP: Final = 4 << 10
"""Trivy looks at so many bytes at once, of which these are the last of those before."""
_SNIFFED: Final = 8 << 10
_SEARCHED: Final = 16 << 20
"""Bytes of a binary file that may be a text which only looks so."""
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_LETTERS: Final = re.compile(
    rb"(?:[\t\n\r -~]\0{1,3}){12}|(?:\0{1,3}[\t\n\r -~]){12}"
)  # fmt: skip
"""A word or two in UTF-16 or UTF-32."""
_KEY: Final = re.compile(
    rb"-----BEGIN[ A-Z0-9_-]{0,40}?PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9=+/\\\s]*+"
    rb"-----END[ A-Z0-9_-]{0,40}? PRIVATE KEY(?: BLOCK)?-----",
    re.IGNORECASE,
)
"""The one kind of secret that may be longer than the overlap. Trivy's own pattern has no bound for
what stands before `PRIVATE`, and would take hours here for text that was made for it."""


def skipped(job: Job) -> Iterator[tuple[str, tuple[GapReason, str]]]:
    """Say which files were not looked at, or not all of them, though they were given."""
    for file in job.inventory.files:
        if file.size < _SHORT:
            continue
        if ".git" in file.path.split("/")[:-1]:
            yield file.path, (GapReason.IGNORED_BY_TOOL, "Trivy passes over folders named .git")
            continue
        path = job.tree / "src" / file.path
        try:
            told = _of_binary(path, file.size) if file.binary else _of_text(path, file.size)
        except OSError:
            if not file.binary:
                yield file.path, (GapReason.NOT_READ, "the copy cannot be read")
            continue
        if told:
            yield file.path, (GapReason.IGNORED_BY_TOOL, told)


def _of_text(path: Path, size: int) -> str:
    head = _head(path)
    if _has_controls(head[:_HEAD]):
        return "Trivy takes it for binary: a control character in its first 300 bytes"
    if size <= _SNIFFED:
        return ""
    data = path.read_bytes()
    if b"\0" in data and _is_partly_wide(data):
        return "a part of it is UTF-16, which Trivy does not read"
    if size > _CHUNK and any(not _is_seen(*key.span()) for key in _KEY.finditer(data)):
        return "a private key in it is longer than what Trivy looks at in one piece"
    return ""


def _of_binary(path: Path, size: int) -> str:
    head = _head(path)
    if _is_wide(head[:_HEAD]):
        return "UTF-16, which Trivy does not read"
    if size > _SEARCHED or _has_controls(head.replace(b"\0", b"")):
        return ""
    partly = _is_partly_wide(path.read_bytes())
    return "a part of it is UTF-16, which Trivy does not read" if partly else ""


def _is_wide(head: bytes) -> bool:
    """Say whether it is UTF-16 or UTF-32: by its mark, or by bytes that the copy has blank."""
    return head.startswith(_WIDE) or _is_every(head, 2) or _is_every(head, 4)


def _is_every(head: bytes, width: int) -> bool:
    """Say whether of so many bytes each time the same one tells letters apart."""
    steps = [head[at::width] for at in range(width)]
    least, *others = sorted((s.count(b" ") + s.count(b"\0")) / max(1, len(s)) for s in steps)
    return least < 0.3 and min(others) > 0.9  # noqa: PLR2004 -- a text has some spaces itself


def _is_partly_wide(data: bytes) -> bool:
    """Say whether words in wide letters stand in what else is a text, as `>>` may write them."""
    return _LETTERS.search(data) is not None and not _has_controls(data.replace(b"\0", b""))


def _is_seen(start: int, end: int) -> bool:
    """Say whether one of Trivy's pieces holds all of it."""
    step = _CHUNK - _OVERLAP
    return end <= start // step * step + _CHUNK


def _has_controls(data: bytes) -> bool:
    return len(data.translate(None, _BINARY)) < len(data)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_SNIFFED)
