"""Keeps what looks like a credential out of what is kept and told: tools quote code in sentences.

Names and paths lose what has the form of a credential, packed or not. Sentences lose more: the
values that they call secret, and whatever looks like dice.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeVar

import msgspec

from pipeline.model import hiding
from pipeline.model.finding import Finding
from pipeline.model.opaque import decoded, is_short, opaque, packed

T = TypeVar("T")

_ABOUT: Final = ("passw", "pwd", "secret", "credential", "token", "key", "passphrase")
"""Words, small, of which one has to be there where a sentence quotes a secret."""
_WORD: Final = (
    r"(?:passw(?:or)?ds?|passwd|pwd|passphrases?|secrets?(?:[ _-]?keys?)?|credentials?|tokens?"
    r"|api[ _-]?keys?|private[ _-]?keys?)\w{0,30}"
)
_QUOTED: Final = re.compile(
    rf"(?P<w>(?>(?i:{_WORD})))(?P<s>['\"`]?\s*(?::\s*[\w.\[\]]+\s*)?(?::?=>?|:|==)\s*\w{{0,2}})?"
    r"(?(s)|(?!\\*['\"`])(?P<g>[^'\"`\n]{0,60}?)(?:(?<!\w)|(?<=[:=] [bruf])|(?<=[:=][bruf])))"
    r"(?:'(?P<a>(?:[^'\\\n]|\\.){1,400}+)'|\"(?P<b>(?:[^\"\\\n]|\\.){1,400}+)\"|`(?P<c>[^`\n]+)`)"
)
"""`Possible hardcoded password: 'x'`, as bandit says it, and `{"password": "x"}`."""
_NAMED: Final = re.compile(
    r"[A-Za-z][A-Za-z_-]*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|.*/.*|[\w.-]*\.[a-z]{1,6}|[\w.]+\(.*\)|(?:CVE|GHSA|PYSEC)-.*|pkg:.*|v?\d+(?:\.\d+)+.*|\$.*",
    re.DOTALL,
)
"""What a sentence about secrets names, and does not call their value: words, paths, calls."""
_CLAUSE: Final = re.compile(r"[^()\[\]{};:=,.]*")
"""What goes on with what was said; behind it, something else is spoken of."""
_SAID: Final = re.compile(
    r"(?i:.*(?:[:=]>?\s*[bruf]?|\bvalues?(?:\s+(?:is|was|of))?\s*))", re.DOTALL
)
"""What leads to a value, and to nothing else."""
_HARD: Final = re.compile(r"(?i:hard[ -]?coded)")
_FOUND: Final = re.compile(
    r"(?i:[\s,]*(?:\b(?:found|detected|used|is|was|as|string|literal)\b[\s,]*)*)"
)
"""What does so where something is hardcoded."""
_FAR: Final = 60
_SIZE: Final = re.compile(r"[A-Z]{2,6}-?\d{3,4}")
"""What is no value behind a colon: `Private key: RSA2048`."""
_ESCAPED: Final = re.compile(
    rf"(?i:{_WORD})\\\"\s*[:=]\s*\\\"(?P<e>(?:[^\"\\\n]|\\\\(?:\\\\|\\?.)){{1,400}}+)"
)
"""The same where it is written in a string."""
_GIVEN: Final = re.compile(rf"(?i:{_WORD})['\"`]?\s*(?:=|:=|:|=>)\s*(?P<d>[^\s'\"`,;]{{4,}})")
"""`password=x`; behind a colon only what has a digit in it, for sentences go on there too."""
_BARE: Final = re.compile(rf"(?i:hard-?coded\s+{_WORD})\s+(?P<d>(?=[^\s\d]*\d)[^\s'\"`,;]{{4,}})")
"""`hardcoded password x1`, as rules say it that quote what they found."""
_SECRET: Final = re.compile(
    r"(?i:(?:.*[_.-])?(?:password|passwd|pwd|passphrase|secret|token|api_?key|access_?key"
    r"|private_?key))\Z"
)
"""The name of a member that holds nothing but a secret."""
_OPEN: Final = ("{", "[")
"""So begins what may be a report within a report."""
_SENTENCES: Final = frozenset({"title", "message", "detail", "stderr_tail"})
"""The fields of our records in which tools speak to people."""


def sentence(said: str) -> str:
    """Return a sentence without the values that it calls secret, and without credentials."""
    small = said.lower()
    for word in _ABOUT:
        if word in small:
            said = _unnamed(said)
            break
    return line(said)


def line(said: str) -> str:
    """Return a line of ours without credentials: what it calls secret is the name of a setting."""
    if is_short(said):
        return hiding.short_words(said)
    return opaque(hiding.text(decoded(said, _shown)))


def log(said: str) -> str:
    """Return what a tool wrote for people, whatever the width of its letters."""
    return sentence(said.replace("\0", ""))


def finding(found: Finding) -> Finding:
    """Return a finding whose sentences say no secret. Whoever it is, it stays."""
    title, message = sentence(found.title), sentence(found.message)
    if title == found.title and message == found.message:
        return found
    return msgspec.structs.replace(found, title=title, message=message)


def record(value: T) -> T:
    """Return a record in which no name and no path holds a credential, packed or not."""
    encoded = msgspec.json.encode(value).decode()
    # An escape hides where a word begins: such a record is gone through, text by text.
    if "\\" not in encoded and packed(encoded) == encoded:
        return value
    left: T = _walked(value, frozenset())
    return left


def told(value: T) -> T:
    """Return a record, and see to it that its sentences say no secret either."""
    left: T = _walked(value, _SENTENCES)
    return left


def report(data: bytes) -> bytes:
    """Return what a tool wrote without secrets in any of its texts. JSON stays JSON."""
    try:
        document = msgspec.json.decode(data)
        left = _Texts().without(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = data.decode("utf-8", "backslashreplace")
        return log(said).encode("utf-8", "backslashreplace")
    if left is document:
        return data
    return msgspec.json.format(msgspec.json.encode(left), indent=1) + b"\n"


def _walked(value: Any, sentences: AbstractSet[str]) -> Any:  # noqa: ANN401 -- any record
    if type(value) is str:
        return packed(value)
    if isinstance(value, msgspec.Struct):
        fields = {
            name: sentence(one)
            if type(one := getattr(value, name)) is str and name in sentences
            else _walked(one, sentences)
            for name in value.__struct_fields__
        }
        return msgspec.structs.replace(value, **fields)
    if isinstance(value, tuple | frozenset):
        make: Callable[[Any], Any] = type(value)
        return make(_walked(one, sentences) for one in value)
    if isinstance(value, dict):
        return {_walked(name, sentences): _walked(one, sentences) for name, one in value.items()}
    return value


def _shown(said: str) -> str:
    return opaque(hiding.text(_unnamed(said)))


def _unnamed(said: str) -> str:
    if '\\"' in said:
        said = _ESCAPED.sub(lambda found: _without(found, "e"), said)
    if "'" in said or '"' in said or "`" in said:
        said = _QUOTED.sub(_unquoted, said)
    if "coded" in said:
        said = _BARE.sub(_bare, said)
    return _GIVEN.sub(_given, said) if "=" in said or ":" in said else said


def _unquoted(match: re.Match[str]) -> str:
    name = next(one for one in "abc" if match[one] is not None)
    if match["s"] or _is_value(match, match["g"]):
        return _without(match, name)
    is_named = _NAMED.fullmatch(match[name]) or not _CLAUSE.fullmatch(match["g"])
    return match[0] if is_named else _without(match, name)


def _is_value(match: re.Match[str], between: str) -> bool:
    """Say whether a sentence says a value, and does not name something."""
    if _SAID.fullmatch(between):
        return True
    if not _FOUND.fullmatch(between):
        return False
    is_password = match["w"][:2].lower() in ("pa", "pw") and between.isspace()
    return is_password or bool(
        _HARD.search(match.string, max(0, match.start() - _FAR), match.end())
    )


def _without(match: re.Match[str], name: str) -> str:
    begin, end = (at - match.start() for at in match.span(name))
    return f"{match[0][:begin]}{hiding.HIDDEN}{match[0][end:]}"


def _given(match: re.Match[str]) -> str:
    value = match["d"]
    before = match[0].removesuffix(value)
    sure = "=" in before[-4:] or (_has_digit(value) and not _SIZE.fullmatch(value))
    return f"{before}{hiding.HIDDEN}" if sure else match[0]


def _has_digit(value: str) -> bool:
    return any(one.isdigit() for one in value)


def _bare(match: re.Match[str]) -> str:
    value = match["d"]
    if _NAMED.fullmatch(value):
        return match[0]
    return f"{match[0].removesuffix(value)}{hiding.HIDDEN}"


class _Texts:
    """The texts of one report: many of them stand there again and again."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def without(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON
        """Return a value itself where it has nothing to hide."""
        if type(value) is str:
            return self._text(value)
        if type(value) is list:
            some = [self.without(one) for one in value]
            return value if all(map(_is, some, value)) else some
        if type(value) is dict:
            return self._members(value)
        return value

    def _text(self, value: str) -> str:
        left = self._known.get(value)
        if left is None:
            left = report(value.encode()).decode() if value[:1] in _OPEN else sentence(value)
            self._known[value] = left
        return value if left == value else left

    def _members(self, value: dict[str, Any]) -> dict[str, Any]:
        some = {
            self.without(name): hiding.HIDDEN if _is_secret(name, one) else self.without(one)
            for name, one in value.items()
        }
        same = all(map(_is, some, value)) and all(map(_is, some.values(), value.values()))
        return value if same else some


def _is(one: object, other: object) -> bool:
    return one is other


def _is_secret(name: str, value: object) -> bool:
    return type(value) is str and value != "" and _SECRET.match(name) is not None
