"""One way to hash several parts into a name."""

import hashlib
import json
from json.encoder import encode_basestring_ascii as _quoted


def digest(*parts: object) -> str:
    """Hash parts unambiguously (as canonical JSON): sha256, 32 hex digits."""
    # What `json.dumps` writes of the list, without the encoder that it makes anew each time.
    written = [
        _quoted(one) if type(one) is str else str(one) if type(one) is int else _json(one)
        for one in parts
    ]
    return hashlib.sha256(f"[{','.join(written)}]".encode()).hexdigest()[:32]


def _json(part: object) -> str:
    return json.dumps(part, ensure_ascii=True, separators=(",", ":"), default=str)
