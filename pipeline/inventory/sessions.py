"""Reads what tox and nox install before they run; a noxfile.py is never run for it."""

import ast
import configparser
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pipeline.inventory import requirements
from pipeline.inventory.requirements import Unasked
from pipeline.inventory.setups import Setup, Wish
from pipeline.inventory.text import line_of, said
from pipeline.model.gap import GapReason

_KEYS: Final = ("deps", "requires")
_FACTORS: Final = re.compile(r"!?[\w.{},!-]+:(?:\s+|\Z)")
"""For which environments a line of tox's is meant: all are asked."""
_HERE: Final = re.compile(r"\{(?:toxinidir|tox_root)\}")
_ELSEWHERE: Final = re.compile(r"\{\[[^\]]*\][^}]*\}")
"""A key of another section, where it is read anyway."""
_WITH_VALUE: Final = frozenset({
    "-c", "--constraint", "-f", "--find-links", "-i", "--index-url", "--extra-index-url",
    "--no-binary", "--only-binary", "--group", "--python", "-t", "--target",
})  # fmt: skip
_FILE: Final = re.compile(r"-r(?=.)|--requirements?=")
_FILES: Final = frozenset({"-r", "--requirement", "--requirements"})
_COMPUTED: Final = "computed when it runs; nobody knows it before"


def of_tox(text: str) -> Setup:
    """Read a tox.ini. Raises configparser.Error."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    blocks = (parser.get(name, key, fallback="") for name in parser.sections() for key in _KEYS)
    return _of_lines((line.strip() for block in blocks for line in block.splitlines()), text)


def of_tox_tables(tables: Mapping[str, object], text: str) -> Setup:
    """Read what tox is told in TOML. Raises configparser.Error where an older form stands in it."""
    older = tables.get("legacy_tox_ini")
    if isinstance(older, str):
        return of_tox(older)
    return _of_lines(_listed(tables), text)


def _listed(tables: Mapping[str, object]) -> Iterator[str]:
    """Yield what stands under a key that asks for packages, in whatever table."""
    for key, value in tables.items():
        match value:
            case dict():
                yield from _listed(value)
            case str() if key in _KEYS:
                yield from value.splitlines()
            case list() if key in _KEYS:
                for one in value:
                    replaced = one.get("replace") if isinstance(one, dict) else None
                    if replaced != "ref":  # which leads to a table that is read anyway
                        yield one if isinstance(one, str) else f"{{{replaced}}}"
            case _:
                pass


def _of_lines(lines: Iterable[str], text: str) -> Setup:
    wishes: list[Wish] = []
    files: list[tuple[int, str]] = []
    for line in dict.fromkeys(lines):
        at, wish = line_of(text, line), _HERE.sub(".", _FACTORS.sub("", line, count=1))
        if "{" in wish:
            if not _ELSEWHERE.fullmatch(wish):
                wishes.append(_unknown(at, wish))
            continue
        for item in requirements.items(wish.encode()):
            match item:
                case requirements.Wanted(requirement=one):
                    wishes.append(requirements.Wanted(line=at, requirement=one))
                case requirements.Follow(path=path, constraint=False):
                    files.append((at, path))
                case Unasked(name=name) if not _is_here(name):
                    wishes.append(_moved(item, at))
                case _:
                    pass
    return Setup(wishes=tuple(wishes), files=tuple(files))


def of_nox(text: str) -> Setup:
    """Read what the sessions of a noxfile.py install. Raises as parsing Python does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = ast.parse(text)
    known = _constants(module)
    wishes: list[Wish] = []
    files: list[tuple[int, str]] = []
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(), attr="install"), args=args):
                words = [word for arg in args for word in _words(arg, known)]
                for option, word in zip(("", *words), words, strict=False):
                    if word is None:
                        wishes.append(_unknown(node.lineno, "install"))
                    elif option in _FILES:
                        files.append((node.lineno, word))
                    elif joined := _FILE.match(word):
                        files.append((node.lineno, word[joined.end() :]))
                    elif option not in _WITH_VALUE and not word.startswith("-"):
                        wishes.extend(_wish(node.lineno, word))
            case ast.Call(func=ast.Attribute(value=ast.Name(), attr="conda_install")):
                wishes.append(_unknown(node.lineno, "conda_install"))
            case _:
                pass
    return Setup(wishes=tuple(wishes), files=tuple(files))


def _constants(module: ast.Module) -> Mapping[str, ast.expr]:
    """Return what the file itself gives a name to, once and for all."""
    return {
        target.id: one.value
        for one in module.body
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }


def _words(node: ast.expr, known: Mapping[str, ast.expr]) -> Iterator[str | None]:
    """Yield the words that an argument stands for; None for what only running it would tell."""
    match node:
        case ast.Constant(value=str() as word):
            yield word
        case ast.Name(id=name) if isinstance(known.get(name), ast.Constant):
            yield from _words(known[name], {})
        case ast.Starred(value=ast.Name(id=name)) if name in known:
            yield from _words(ast.Starred(value=known[name]), {})
        case ast.Starred(value=ast.List(elts=items) | ast.Tuple(elts=items)):
            for item in items:
                yield from _words(item, known)
        case ast.JoinedStr(values=[ast.Constant(value=str() as begin), *_]) if _is_here(begin):
            yield "."
        case _:
            yield None


def _wish(line: int, word: str) -> Iterable[Wish]:
    return () if _is_here(word) else (requirements.read(line, word),)


def _is_here(word: str) -> bool:
    """Say whether the project itself is meant, with whatever extras."""
    return re.match(r"(?:-e ?)?\./?(?:\[|\Z)", word) is not None


def _moved(item: Unasked, line: int) -> Unasked:
    return Unasked(line=line, name=item.name, reason=item.reason, detail=item.detail)


def _unknown(line: int, words: str) -> Unasked:
    return Unasked(line=line, name=said(words), reason=GapReason.UNSUPPORTED, detail=_COMPUTED)
