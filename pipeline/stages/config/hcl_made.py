"""Whether what a `for_each` goes through clearly holds something: a light reading of expressions.

Trivy does not say of a `dynamic` block whether it made one. What is not clear is in doubt. Values
are those that Trivy takes: defaults, and what the modules of this tree are called with.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

_WORD: Final = re.compile(
    r'\n|"(?:\\.|[^"\\])*"|\w(?:[.-]*+\w)*+|[=!<>]=|=>|&&|\|\||[^\s]', re.DOTALL
)
_NAME: Final = re.compile(r"(?:var|local)\.[\w-]+\Z")
_LITERAL: Final = re.compile(r'(?:true|false|\d+|"(?:[^"$%\\])*")\Z')
_CLOSES: Final = {"{": "}", "(": ")", "[": "]"}
_LISTS: Final = ("[", "{")
_FIRST: Final = frozenset(
    {"coalesce", "coalescelist", "distinct", "keys", "nonsensitive", "reverse", "sort", "tolist"}
    | {"tomap", "toset", "try", "values"}
)
"""Functions whose result holds something if their first argument does."""
_ANY: Final = frozenset({"concat", "merge", "setunion"})
"""Functions whose result holds something if one of their arguments does."""
_SOME: Final = ((">", "0"), ("!=", "0"), (">=", "1"))
"""What is asked of a length to know that there is something."""
_DEEP: Final = 30
"""Names that lead to names, and brackets in brackets: more are in doubt."""
_EFFORT: Final = 5_000_000
"""Words that are looked at in a run: made to branch without end, the rest is in doubt."""

Words: TypeAlias = Sequence[str]


class Folder(msgspec.Struct):
    """What the names of a folder mean."""

    values: dict[str, str] = {}
    """Expressions, by `local.…` and, for defaults, `var.…`."""
    calls: list[tuple[str, Mapping[str, str]]] = []
    """(folder, arguments) of each call of this folder as a module."""


class Names(msgspec.Struct):
    """What all names mean, and how much may still be read to find out."""

    folders: Mapping[str, Folder]
    left: int = _EFFORT


class Place(msgspec.Struct, frozen=True):
    """Where an expression stands."""

    names: Names
    folder: str
    deep: int = 0

    def inside(self) -> "Place":
        """Go one step down."""
        return Place(self.names, self.folder, self.deep + 1)

    def is_beyond(self, words: Words) -> bool:
        """Say whether there is nothing to be read, or more than will be."""
        self.names.left -= len(words) + 1
        return not words or self.deep > _DEEP or self.names.left < 0

    def meanings(self, name: str) -> Iterator[tuple[Words, "Place"]]:
        """Yield what a name stands for, by each call; no words where that is open."""
        here = self.names.folders.get(self.folder, Folder())
        kind, _, argument = name.partition(".")
        default = here.values.get(name, "")
        if kind == "local" or not here.calls:
            yield self._words(default), self.inside()
            return
        for caller, given in here.calls:
            if argument in given:
                yield self._words(given[argument]), Place(self.names, caller, self.deep + 1)
            else:
                yield self._words(default), self.inside()

    def _words(self, expression: str) -> Words:
        self.names.left -= len(expression)
        return _WORD.findall(expression)


def holds(expression: str, folder: str, names: Names) -> bool:
    """Say whether there is clearly something in it for Trivy."""
    return _holds(_WORD.findall(expression), Place(names, folder))


def _holds(words: Words, place: Place) -> bool:
    words, place = _bare(words), place.inside()
    if place.is_beyond(words):
        return False
    if sides := _sides(words):
        test, yes, no = sides
        chosen = {True: (yes,), False: (no,), None: (yes, no)}[_truth(test, place)]
        return all(_holds(side, place) for side in chosen)
    if words[0] in _LISTS and _end(words, 0) == len(words) - 1:
        return _literal_holds(words, place)
    if len(words) > 1 and words[1] == "(" and _end(words, 1) == len(words) - 1:
        given = _parts(words[2:-1], {","})
        wanted = given[:1] if words[0] in _FIRST else given if words[0] in _ANY else []
        return any(_holds(one, place) for one in wanted)
    if len(words) == 1 and _NAME.match(words[0]):
        return all(_holds(*one) for one in place.meanings(words[0]))
    return False


def _literal_holds(words: Words, place: Place) -> bool:
    """Ask for one member that is known: Trivy passes over the others."""
    inner = _bare(words[1:-1])
    if inner[:1] == ["for"]:
        return _loop_holds(inner[1:], place)
    members = _parts(inner, {",", "\n"})
    if words[0] == "{":
        members = [_parts(one, {"=", ":"}, most=1)[-1] for one in members]
    return any(_is_known(one, place) for one in members)


def _loop_holds(words: Words, place: Place) -> bool:
    head, *rest = _parts(words, {":"})
    if len(rest) != 1 or "in" not in head:
        return False
    at = list(head).index("in")
    made = _bare(_parts(rest[0], {"=>"})[-1])
    is_known = (len(made) == 1 and made[0] in head[:at]) or _is_known(made, place)
    return is_known and _holds(head[at + 1 :], place)


def _is_known(words: Words, place: Place) -> bool:
    words = _bare(words)
    if place.is_beyond(words):
        return False
    if words[0] in _LISTS:
        return _end(words, 0) == len(words) - 1 and "for" not in words
    if len(words) == 1 and _NAME.match(words[0]):
        return all(_is_known(*one) for one in place.meanings(words[0]))
    return len(words) == 1 and bool(_LITERAL.match(words[0]))


def _truth(words: Words, place: Place) -> bool | None:
    """Say what a condition comes to; None where that is not clear."""
    words, place = _bare(words), place.inside()
    if place.is_beyond(words):
        return None
    for sign, ends in (("||", True), ("&&", False)):
        parts = _parts(words, {sign})
        if len(parts) > 1:
            told = {_truth(part, place) for part in parts}
            return ends if ends in told else None if None in told else not ends
    if words[0] == "length" and tuple(words[-2:]) in _SOME:
        return _holds(words[1:-2], place) or None
    for sign in ("==", "!="):
        parts = _parts(words, {sign})
        if len(parts) > 1:
            same = _are_same(parts, place)
            return same if same is None or sign == "==" else not same
    if words[0] == "!":
        told_rest = _truth(words[1:], place)
        return None if told_rest is None else not told_rest
    return {"true": True, "false": False}.get(_value(words, place).strip('"'))


def _are_same(parts: Sequence[Words], place: Place) -> bool | None:
    values = {_value(part, place) for part in parts}
    if len(parts) != len(("left", "right")) or "" in values or values == {"{}"}:
        return None
    if len({value.strip('"') for value in values}) < len(values):
        return None  # `"true"` is `true` for a variable of that type
    return len(values) == 1


def _value(words: Words, place: Place) -> str:
    """Return the one value that stands here as text; `{}` for any collection, empty in doubt."""
    words = _bare(words)
    if place.is_beyond(words):
        return ""
    if len(words) == 1 and _NAME.match(words[0]):
        found = {_value(*one) for one in place.meanings(words[0])}
        return found.pop() if len(found) == 1 else ""
    if words[0] in _LISTS:
        return "{}" if _end(words, 0) == len(words) - 1 else ""
    is_plain = len(words) == 1 and (words[0] == "null" or _LITERAL.match(words[0]))
    return words[0] if is_plain else ""


def _sides(words: Words) -> tuple[Words, Words, Words] | None:
    """Cut `a ? b : c`, of which `c` may be another one."""
    test, *rest = _parts(words, {"?"}, most=1)
    if not rest:
        return None
    nested, depth = 0, 0
    for at, word in enumerate(rest[0]):
        depth += (word in _CLOSES) - (word in _CLOSES.values())
        nested += (word == "?" and depth == 0) - (word == ":" and depth == 0)
        if nested < 0:
            return test, rest[0][:at], rest[0][at + 1 :]
    return None


def _parts(words: Words, signs: set[str], most: int = -1) -> list[Words]:
    """Cut at the signs that stand in no brackets."""
    parts, start, depth = list[Words](), 0, 0
    for at, word in enumerate(words):
        depth += (word in _CLOSES) - (word in _CLOSES.values())
        if depth == 0 and word in signs and len(parts) != most:
            parts.append(words[start:at])
            start = at + 1
    return [*parts, words[start:]]


def _end(words: Words, start: int) -> int:
    """Return where a bracket is closed."""
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] in _CLOSES) - (words[at] in _CLOSES.values())
        if depth == 0:
            return at
    return len(words)


def _bare(words: Words) -> Words:
    """Leave out line ends around an expression, and brackets around all of it."""
    for _ in range(_DEEP):
        full = [at for at, word in enumerate(words) if word != "\n"]
        words = words[full[0] : full[-1] + 1] if full else ()
        if not words or words[0] != "(" or _end(words, 0) != len(words) - 1:
            break
        words = words[1:-1]
    return words
