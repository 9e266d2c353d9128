"""The matched text, read from the private copy, and small readings of a rule's own words."""

import re
from pathlib import Path
from typing import Final

from pipeline.model.gap import GapReason, ToolError

_MATCH: Final = 64 << 10
"""Of a longer match only so much counts for its identity."""
_CWE: Final = re.compile(r"CWE-\d+")
_TITLE: Final = 120


def matched(file: Path, start: int, end: int) -> str:
    """Return what stands between two offsets, which semgrep counts in bytes."""
    try:
        with file.open("rb") as stream:
            stream.seek(start)
            found = stream.read(max(0, min(end - start, _MATCH)))
    except OSError as exc:
        raise ToolError(
            GapReason.NOT_READ, f"semgrep: cannot read the copy of {file.name}: {exc.strerror}"
        ) from exc
    return found.decode("utf-8", "backslashreplace")


def cwes(word: str | list[str] | None) -> tuple[str, ...]:
    """Read `CWE-89: Improper …`, alone or in a list."""
    words = [word] if isinstance(word, str) else word or []
    return tuple(sorted({number for one in words for number in _CWE.findall(one)}))


def first_sentence(message: str) -> str:
    """Return what a reader needs in a table."""
    text = " ".join(message.split())
    sentence = re.split(r"(?<=[.:!])\s", text, maxsplit=1)[0].rstrip(".:")
    return sentence if len(sentence) <= _TITLE else sentence[: _TITLE - 1] + "…"
