"""Names for secrets that tell them apart and do not give them away.

With a key the name is an HMAC. Without one (a fork's pull request has no secrets) it is scrypt
over a public salt: slow to guess at, and equal on every machine. The salt is the rule alone, not
the path, so a secret that moves keeps its name.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

Namer: TypeAlias = Callable[[str, bytes], str]
"""Gives a (rule, secret) its name."""

MAX_SLOW: Final = 500
"""How many secrets of a run get a slow name: a repository must not buy hours of hashing."""
_SALT: Final = b"penstock/secret-identity@1:"


def namer(key: bytes | None) -> Namer:
    """Return the way of this run."""
    if key:
        return lambda rule, secret: _keyed(key, rule, secret)
    left = MAX_SLOW

    @cache
    def slow(rule: str, secret: bytes) -> str:
        nonlocal left
        left -= 1
        return _stretched(rule, secret) if left >= 0 else "place"

    return slow


def _keyed(key: bytes, rule: str, secret: bytes) -> str:
    return "hmac:" + hmac.new(key, rule.encode() + b"\0" + secret, hashlib.sha256).hexdigest()[:32]


def _stretched(rule: str, secret: bytes) -> str:
    salt = _SALT + rule.encode()
    return "scrypt:" + hashlib.scrypt(secret, salt=salt, n=1 << 13, r=8, p=1, dklen=16).hex()


def cut(content: bytes, *, offset: int, end_line: int, masked: str) -> bytes:
    """Cut a secret out of its file, from the offset and the masked text that Trivy reports.

    The stars of the masked line say how long it is; one of several lines goes to the end of its
    last line.
    """
    start_line = content.count(b"\n", 0, offset) + 1
    if end_line > start_line:
        end = offset
        for _ in range(end_line - start_line + 1):
            end = content.find(b"\n", end) + 1 or len(content)
        return content[offset:end].strip()
    line_end = content.find(b"\n", offset)
    rest = content[offset : line_end if line_end >= 0 else len(content)]
    stars = _stars(masked, offset - (content.rfind(b"\n", 0, offset) + 1))
    return rest[:stars] if stars else rest.strip()


def _stars(masked: str, column: int) -> int:
    """Count the stars at a column; Trivy shows 30 letters before it where a line is long."""
    for at in (column, min(column, 30)):
        tail = masked.encode()[at:]
        if run := len(tail) - len(tail.lstrip(b"*")):
            return run
    return 0
