"""Which files GitHub itself reads: workflows, actions and dependabot's settings."""

import re
from typing import Final

_READ: Final = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|(?:.*/)?action\.ya?ml|\.github/dependabot\.ya?ml", re.DOTALL
)


def is_workflow(path: str) -> bool:
    """Say whether GitHub reads this file, wherever an action may lie."""
    return _READ.fullmatch(path) is not None
