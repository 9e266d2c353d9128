"""Hides what looks like a credential in texts that tools and repositories had a say in.

Parsers leave out whole lines of source; this is the second wall, for names of files, addresses,
messages and logs. It knows tokens by their form, as Trivy's rules do, and the user part of URLs.
"""

import re
from collections.abc import Mapping
from typing import Final

HIDDEN: Final = "REDACTED"
"""Stands for a credential. A plain word: no destination has to escape it."""
_KEY: Final = r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[^\"])*"
_FORMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"),
        r"\b(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}\b",
    ),
    "ghp_": r"ghp_[0-9A-Za-z]{36,}",
    "gho_": r"gho_[0-9A-Za-z]{36,}",
    "ghu_": r"ghu_[0-9A-Za-z]{36,}",
    "ghs_": r"ghs_[0-9A-Za-z]{36,}",
    "ghr_": r"ghr_[0-9A-Za-z]{36,}",
    "github_pat_": r"github_pat_[0-9A-Za-z_]{40,}",
    "glpat-": r"glpat-[\w-]{20,}",
    "xox": r"xox[a-z]-[\w-]{10,}",
    "hooks.slack.com": r"(?<=hooks\.slack\.com/)\w+/[\w/+]{20,}",
    "/B": r"(?<![A-Za-z0-9])T(?=[A-Z]*(?:/B[A-Z]*(?:/[A-Za-z_]*)?)?\d)[A-Z0-9]{8,12}"
    r"/B[A-Z0-9]{8,12}/(?=[A-Z0-9_]*[a-z])(?=[a-z0-9_]*[A-Z])\w{20,}",
    "k_live_": r"\b[sr]k_live_[0-9A-Za-z]{10,}",
    "k_test_": r"\b[sr]k_test_[0-9A-Za-z]{10,}",
    "AIza": r"AIza[\w-]{35}",
    "npm_": r"\bnpm_[0-9A-Za-z]{36}",
    "SG.": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
    "SK": r"(?<![A-Za-z])SK[0-9a-f]{32}\b",
    "key-": r"\bkey-[0-9a-z]{32}\b",
    "dckr_pat_": r"dckr_pat_[\w-]{20,}",
    "AccountKey": r"(?<=AccountKey=)[\w+/]{40,}=*",
    "eyJ": r"\beyJ(?:\w|-(?!eyJ)){8,}+\.[\w-]{8,}+\.[\w-]*+",
    "hf_": r"\bhf_[0-9A-Za-z]{30,}",
    ":AA": r"\b\d{8,10}:AA[\w-]{33}",
    "pypi-Ag": r"pypi-Ag[\w-]{50,}",
    "hvs.": r"\bhvs\.[\w-]{24,}",
    "dop_v1_": r"dop_v1_[0-9a-f]{64}",
    "shp": r"\bshp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}",
    "AGE-SECRET-KEY-1": r"AGE-SECRET-KEY-1[0-9A-Z]{50,}",
    "sk-": r"\bsk-[\w-]{20,}",
    "PRIVATE KEY": _KEY,
    "-----END": r"[A-Za-z0-9+/=]{2,76}+(?=(?:\s|\\[nr]){1,4}-----END [A-Z ]*PRIVATE KEY)",
    "://": r"(?<=://)(?:[^\s/?#@:\"'<>]*+:[^\s/?#@\"'<>]++|[^\s/?#@:\"'<>]{16,}+)(?=@)",
    "%3A%2F%2F": r"(?i:(?<=%3A%2F%2F)(?:(?!%2F|%40)[^\s\"&])+(?=%40))",
    "uthorization": r"(?i:(?<=authorization: )(?:basic|bearer|token) [\w.~+/=-]+)",
}
"""By a word that has to be there for it: the form of a credential.

None is tried again from within what it has read: a text of any length is read in its time.
"""


_MARKS: Final = "_-:%.=AK"


def _by_mark() -> dict[str, tuple[tuple[str, str], ...]]:
    """Sort the forms by a mark that is in their words: most texts have few of them.

    Letters of other alphabets are none to them: a token ends, or begins, right beside one.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for word, form in _FORMS.items():
        mark = next((one for one in _MARKS if one in word), "")
        found.setdefault(mark, []).append((word, f"(?a){form}"))
    return {mark: tuple(some) for mark, some in found.items()}


_SHORT: Final = ("eyJ", "PRIVATE KEY", "-----END", "://", "%3A%2F%2F", "uthorization")
"""The words of those forms that need no long word."""
_BY_MARK: Final = _by_mark()


def text(said: str) -> str:
    """Return a text without what looks like a credential in it."""
    for mark, some in _BY_MARK.items():
        if mark in said:
            for word, form in some:
                if word in said:
                    said = re.sub(form, HIDDEN, said)
    return said


def short_words(said: str) -> str:
    """Do the same for a text in which no 15 of letters, digits and `_+/-` stand together."""
    for word in _SHORT:
        if word in said:
            return text(said)
    return said


def data(said: bytes) -> bytes:
    """Return the bytes of a text without what looks like a credential in it."""
    for word, form in _FORMS.items():
        if word.encode() in said:
            said = re.sub(form.encode(), HIDDEN.encode(), said)
    return said
