"""What may stand where a JSON document should be: one with something odd somewhere in it."""

import gzip
import json
from typing import Any, Final

from hypothesis import strategies as st

_MARK: Final = "@@here@@"
ODD: Final[dict[str, bytes]] = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "an exponent without end": b"1e999",
    "a number without end": b"9" * 5000,
    "a large number": str(10**30).encode(),
    "a negative one": b"-1",
    "a fraction": b"0.5",
    "null": b"null",
    "true": b"true",
    "nothing": b'""',
    "a list": b"[]",
    "an object": b"{}",
    "a list in a list": b"[[null]]",
    "a lone surrogate": b'"\\ud800"',
    "half a pair": b'"\\udc00\\ud800"',
    "an escape for nothing": b'"\\u0000"',
    "bytes that are no UTF-8": b'"\xff\xfe"',
    "a command": b'"\\u001b[2K##[error]x\\n::error::x"',
    "text the other way round": b'"\\u202e\\u2066"',
    "a huge text": b'"' + b"x" * 200_000 + b'"',
    "huge and wide": b'"' + "\U0001f600".encode() * 20_000 + b'"',
    "a deep list": b"[" * 20_000 + b"]" * 20_000,
    "a deep object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a list of objects": b"[{}]",
    "a member twice": b'{"a":1,"a":2}',
    "no value at all": b"",
    "a comment": b"/* */ 1",
}
"""Each by what it is. Half of them are no JSON."""
_WHOLE: Final[dict[str, Any]] = {
    "with a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "in UTF-16": lambda data: data.decode().encode("utf-16"),
    "packed": gzip.compress,
    "twice": lambda data: data + data,
    "in a list": lambda data: b"[" + data + b"]",
    "below much": lambda data: b"[" * 5000 + data + b"]" * 5000,
    "behind white space": lambda data: b" \n" * 50_000 + data,
    "with zeros behind it": lambda data: data + b"\0" * 9,
}


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value inside of one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[str | int, ...]] = []
    for name, one in inner:
        found.append((*path, name))
        found += places(one, (*path, name)) if isinstance(one, dict | list) else []
    return found


def put(document: Any, path: tuple[str | int, ...], odd: bytes) -> bytes:
    """Write a document in which these bytes stand for a value."""
    return json.dumps(_with(document, path, _MARK)).encode().replace(_quoted(), odd)


def doubled(document: Any, path: tuple[str | int, ...], odd: bytes) -> bytes:
    """Write a document in which a member, or an element, is there once more with these bytes."""
    data = json.dumps(_with(document, path, _MARK)).encode()
    value = document
    for step in path:
        value = value[step]
    whole = json.dumps(value).encode()
    if isinstance(path[-1], int):
        return data.replace(_quoted(), whole + b", " + odd)
    name = json.dumps(path[-1]).encode()
    return data.replace(_quoted(), whole + b", " + name + b": " + odd)


@st.composite
def junk(draw: st.DrawFn, document: Any) -> bytes:
    """Draw a document that was cut, altered, packed, or has something odd in it."""
    whole = json.dumps(document).encode()
    odd = ODD[draw(st.sampled_from(sorted(ODD)))]
    path = draw(st.sampled_from(places(document)))
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 12)))
    match draw(st.sampled_from(("put", "put", "doubled", "altered", "cut", "whole", "bytes"))):
        case "put":
            return put(document, path, odd)
        case "doubled":
            return doubled(document, path, odd)
        case "altered":
            return whole[:start] + draw(st.sampled_from(sorted(ODD.values()))) + whole[end:]
        case "cut":
            return whole[:start]
        case "whole":
            packed: bytes = _WHOLE[draw(st.sampled_from(sorted(_WHOLE)))](whole)
            return packed
        case _:
            return draw(st.binary(max_size=60))


def _quoted() -> bytes:
    return json.dumps(_MARK).encode()


def _with(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy
