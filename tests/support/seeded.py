"""Twenty kinds of secret, and a search for them in whatever spelling a writer gives them."""

import base64
import gzip
import html
import json
import random
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

_WORDS: Final = string.ascii_letters + string.digits
_UPPER: Final = string.ascii_uppercase + "234567"
_HEX: Final = "0123456789abcdef"
FORMATS: Final = ("text", "json", "sarif", "markdown", "github", "event")


def _made(seed: int = 49) -> dict[str, str]:
    """Make one of each kind. No secret stands in this file, so that no scanner finds one here."""
    dice = random.Random(seed)

    def some(many: int, of: str = _WORDS) -> str:
        return "".join(dice.choices(of, k=many))

    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    return {
        "aws-key-id": "AKIA" + some(16, _UPPER),
        "aws-secret": some(40, _WORDS + "/+"),
        "github": "ghp_" + some(36),
        "github-fine": "github_pat_" + some(22) + "_" + some(59),
        "gitlab": "glpat-" + some(20),
        "slack": f"xoxb-{some(12, string.digits)}-{some(12, string.digits)}-{some(24)}",
        "slack-hook": f"T{some(8, _UPPER)}/B{some(8, _UPPER)}/{some(24)}",
        "stripe": "sk_live_" + some(24),
        "google": "AIza" + some(35),
        "npm": "npm_" + some(36),
        "sendgrid": f"SG.{some(22)}.{some(43)}",
        "twilio": "SK" + some(32, _HEX),
        "mailgun": "key-" + some(32, _HEX),
        "docker": "dckr_pat_" + some(27),
        "azure": some(86, _WORDS + "/+") + "==",
        "jwt": f"{header}.{some(40)}.{some(43)}",
        "huggingface": "hf_" + some(34),
        "telegram": f"{some(9, string.digits)}:AA{some(33)}",
        "private-key": some(60, _WORDS + "/+"),
        "password": some(24) + '"é\\&' + some(6),
    }


SECRETS: Final = _made()


def spellings(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield whatever a secret may look like after a writer has been at it."""
    raw = secret.encode()
    yield "plain", raw
    yield "URL", quote(secret, safe="").encode()
    yield "JSON", json.dumps(secret)[1:-1].encode()
    yield "JSON, as it is", json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield "HTML", html.escape(secret).encode()
    yield "hexadecimal", raw.hex().encode()
    yield "UTF-16", secret.encode("utf-16-le")
    yield "UTF-16, the other way", secret.encode("utf-16-be")
    for shift in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            packed = encode(b"\0" * shift + raw)
            # What stands at the ends rests on the neighbours.
            yield f"{name}, {shift}", packed[4 * bool(shift) : -4]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder, what is packed unpacked too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield path.relative_to(folder).as_posix(), data
            if data[:2] == b"\x1f\x8b":
                yield f"{path.name}, unpacked", gzip.decompress(data)


def seen(written: Iterable[tuple[str, bytes]]) -> list[tuple[str, str, str]]:
    """Return where which kind of secret stands, and how it is spelt there."""
    return [
        (name, kind, spelling)
        for name, data in written
        for kind, value in SECRETS.items()
        for spelling, form in spellings(value)
        if form in data
    ]
