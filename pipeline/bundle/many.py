"""Finds the bundles below a folder, damaged ones too: what hides must not pass as absent."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MARKS: Final = frozenset({"run.json", "verdict.json", "findings.ndjson", "coverage.json"})
"""A folder that has one of these is meant as a bundle."""


def folders(root: Path) -> Iterator[Path]:
    """Return every folder that is meant as a bundle, sorted; nothing inside of one is looked at.

    Links are not followed. Raises OSError for a folder that cannot be listed.
    """
    for folder, below, files in os.walk(root, onerror=_refuse):
        if _MARKS.intersection(files):
            below.clear()
            yield Path(folder)
        below.sort()


def _refuse(error: OSError) -> None:
    raise error
