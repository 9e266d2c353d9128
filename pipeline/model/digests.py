"""One way to hash several parts into a name."""

import hashlib
import json


def digest(*parts: object) -> str:
    """Hash parts unambiguously (as canonical JSON): sha256, 32 hex digits."""
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
