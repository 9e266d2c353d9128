"""Reads what setuptools is told in setup.cfg and setup.py, which is parsed and never run."""

import ast
import configparser
import warnings
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import msgspec

from pipeline.inventory import requirements
from pipeline.inventory.requirements import Unasked, Wanted
from pipeline.inventory.text import line_of
from pipeline.model.gap import GapReason

_EXTRAS: Final = "options.extras_require"
_KEYS: Final = ("install_requires", "setup_requires", "tests_require", "extras_require")
_FROM_FILES: Final = "file:"
Wish: TypeAlias = Wanted | Unasked


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What either file says."""

    name: str = ""
    wishes: tuple[Wish, ...] = ()
    files: tuple[tuple[int, str], ...] = ()
    """Requirements files that it names, each with its line."""
    imports: tuple[tuple[int, str], ...] = ()
    """Modules from which a program may have its `setup`, each with its line."""


class _Parser(configparser.ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        """Read `install-requires` for `install_requires`, as setuptools does."""
        return optionstr.lower().replace("-", "_")


def of_cfg(text: str) -> Setup:
    """Read a setup.cfg. Raises configparser.Error."""
    parser = _Parser(interpolation=None, strict=False)
    parser.read_string(text)
    blocks = [parser.get("options", key, fallback="") for key in _KEYS if key != "extras_require"]
    if parser.has_section(_EXTRAS):
        blocks.extend(value for _, value in parser.items(_EXTRAS))
    named = [block.strip() for block in blocks if block.strip().startswith(_FROM_FILES)]
    files = (one.strip() for block in named for one in block[len(_FROM_FILES) :].split(","))
    own = (block for block in blocks if block.strip() not in named)
    wishes = (line.strip() for block in own for line in block.splitlines())
    return Setup(
        name=parser.get("metadata", "name", fallback=""),
        wishes=tuple(
            requirements.read(line_of(text, wish), wish)
            for wish in wishes
            if wish and not wish.startswith("#")
        ),
        files=tuple((line_of(text, file), file) for file in files if file),
    )


def of_program(text: str) -> Setup:
    """Read the literal lists of a setup.py. Raises SyntaxError and what parsing else does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nodes = tuple(ast.walk(ast.parse(text)))
    said = [wish for node in nodes for key, value in _told(node) for wish in _literal(key, value)]
    setups = _names_of_setup(nodes)
    calls = any(_is_setup(node, setups) for node in nodes)
    imports = tuple(_imported(nodes, calls=calls))
    return Setup(wishes=(*said, *_unpacked(nodes, setups)), imports=imports)


def _is_setup(node: ast.AST, names: frozenset[str]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in names
        case _:
            return False


def _imported(nodes: Iterable[ast.AST], *, calls: bool) -> Iterator[tuple[int, str]]:
    """Yield the modules from which `setup` may come: all, where the program does not call it.

    What pip runs lies in no package, from which it could import without saying its name.
    """
    for node in nodes:
        match node:
            case ast.Import(names=names) if not calls:
                yield from ((node.lineno, one.name) for one in names)
            case ast.ImportFrom(module=str() as name, level=0, names=names):
                if not calls or any("setup" in (one.name, one.asname) for one in names):
                    yield node.lineno, name
            case _:
                pass


def _told(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what is said under a key that asks for packages, by keyword or in a dict."""
    match node:
        case ast.Call(keywords=keywords):
            yield from ((one.arg, one.value) for one in keywords if one.arg in _KEYS)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield from _under(key, value)
        case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
            yield from _under(key, value)
        case _:
            pass


def _under(key: ast.expr | None, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match key:
        case ast.Constant(value=str() as name) if name in _KEYS:
            yield name, value
        case _:
            pass


def _unpacked(nodes: Iterable[ast.AST], names: frozenset[str]) -> Iterator[Unasked]:
    """Yield what `setup(**…)` takes from where nobody can see it."""
    known = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_plain(node.value)
        for target in node.targets
        if isinstance(target, ast.Name) and _is_in_sight(target.id, nodes)
    }
    for node in nodes:
        match node:
            case ast.Call() if _is_setup(node, names):
                for one in node.keywords:
                    shown = isinstance(one.value, ast.Name) and one.value.id in known
                    if one.arg is None and not shown and not _is_plain(one.value):
                        yield _computed(node.lineno, "**")
            case _:
                pass


def _names_of_setup(nodes: Iterable[ast.AST]) -> frozenset[str]:
    found = {"setup"}
    for node in nodes:
        match node:
            case ast.ImportFrom(names=names):
                found |= {one.asname for one in names if one.name == "setup" and one.asname}
            case ast.Assign(
                targets=targets, value=ast.Name(id="setup") | ast.Attribute(attr="setup")
            ):
                found |= {one.id for one in targets if isinstance(one, ast.Name)}
            case _:
                pass
    return frozenset(found)


def _is_in_sight(name: str, nodes: Iterable[ast.AST]) -> bool:
    """Say whether a dict is only written out, filled by plain keys, and given to a call by `**`."""
    uses, plain = 0, 0
    for node in nodes:
        match node:
            case ast.Name(id=used):
                uses += used == name
            case ast.Assign(targets=[ast.Name(id=used)], value=value) if _is_plain(value):
                plain += used == name
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=used), slice=ast.Constant(value=str()))]
            ):
                plain += used == name
            case ast.keyword(arg=None, value=ast.Name(id=used)):
                plain += used == name
            case _:
                pass
    return uses == plain


def _is_plain(node: ast.expr) -> bool:
    """Say whether a dict is written out, with nothing put in from elsewhere."""
    match node:
        case ast.Dict(keys=keys):
            return None not in keys
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return all(one.arg is not None for one in keywords)
        case _:
            return False


def _literal(key: str, node: ast.expr) -> Iterator[Wish]:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        yield _computed(node.lineno, key)
        return
    groups = value.values() if isinstance(value, dict) else [value]
    for group in groups:
        if group is not None and not isinstance(group, str | list | tuple | set):
            yield _computed(node.lineno, key)  # by whatever setuptools makes of it
            continue
        for wish in group.splitlines() if isinstance(group, str) else group or ():
            if str(wish).strip():
                yield requirements.read(node.lineno, str(wish))


def _computed(line: int, key: str) -> Unasked:
    return Unasked(
        line=line,
        name=key,
        reason=GapReason.UNSUPPORTED,
        detail="computed when it runs; a lock, or pyproject.toml, would say it",
    )
