"""One way to hash several parts into a name."""

import hashlib
import json
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as _quoted


def digest(*parts: object) -> str:
    """Hash parts unambiguously (as canonical JSON): sha256, 32 hex digits."""
    return _hashed(_written(parts))


def digest_also_behind(word: str, *parts: object) -> tuple[str, str]:
    """Return `digest(*parts)` and `digest(word, *parts)`, for about the price of one."""
    written = _written(parts)
    return _hashed(written), _hashed(f"{_quoted(word)},{written}" if parts else _quoted(word))


def _hashed(written: str) -> str:
    return hashlib.sha256(f"[{written}]".encode()).hexdigest()[:32]


def _written(parts: Iterable[object]) -> str:
    """Write what `json.dumps` would, without the encoder that it makes anew each time."""
    return ",".join([
        _quoted(one) if type(one) is str else str(one) if type(one) is int else _json(one)
        for one in parts
    ])  # fmt: skip


def _json(part: object) -> str:
    return json.dumps(part, ensure_ascii=True, separators=(",", ":"), default=str)
