"""Names the next exception: EX-YEAR-NNNN, and never a number that was given before."""

import re
from collections.abc import Iterable
from typing import Final

_ID: Final = re.compile(r"EX-(\d{4})-(\d{1,9})(?!\d)", re.IGNORECASE)


def next_id(year: int, names: Iterable[str]) -> str:
    """Return the id after the highest of this year among names of files, or ids in a text."""
    used = [
        int(found[2]) for name in names for found in _ID.finditer(name) if int(found[1]) == year
    ]
    return f"EX-{year:04}-{max(used, default=0) + 1:04}"
