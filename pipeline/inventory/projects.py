"""Reads what projects wish for: pyproject.toml, Pipfile, setup.cfg, setup.py, and scripts."""

import ast
import configparser
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from pipeline.inventory import manifests, requirements
from pipeline.inventory.locks import Broken
from pipeline.inventory.requirements import Unasked, Wanted
from pipeline.inventory.text import said
from pipeline.model.gap import GapReason

_PLACE: Final = re.compile(r"line (\d+)")
_PLAIN: Final = re.compile(r"\d[\w.+!-]*")
_BLOCK: Final = re.compile(
    r"^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$", re.MULTILINE
)
"""As PEP 723 has it."""
_KEYS: Final = ("install_requires", "setup_requires", "tests_require", "extras_require")


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project's name, if it has one, and its wishes."""

    name: str
    wishes: tuple[Wanted | Unasked, ...]
    files: tuple[tuple[int, str], ...] = ()
    """Requirements files that it names, each with its line."""


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    dependencies: tuple[str, ...] = ()
    optional: dict[str, tuple[str, ...]] = msgspec.field(default={}, name="optional-dependencies")


class _Files(msgspec.Struct, frozen=True, kw_only=True):
    file: str | tuple[str, ...] = ()


class _Dynamic(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: _Files = _Files()
    optional: dict[str, _Files] = msgspec.field(default={}, name="optional-dependencies")


class _Setuptools(msgspec.Struct, frozen=True, kw_only=True):
    dynamic: _Dynamic = _Dynamic()


class _PoetryGroup(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: dict[str, object] = {}


class _Poetry(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    dependencies: dict[str, object] = {}
    dev: dict[str, object] = msgspec.field(default={}, name="dev-dependencies")
    group: dict[str, _PoetryGroup] = {}


class _Uv(msgspec.Struct, frozen=True, kw_only=True):
    dev: tuple[str, ...] = msgspec.field(default=(), name="dev-dependencies")


class _Pdm(msgspec.Struct, frozen=True, kw_only=True):
    dev: dict[str, tuple[str, ...]] = msgspec.field(default={}, name="dev-dependencies")


class _HatchEnv(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: tuple[str, ...] = ()
    extra: tuple[str, ...] = msgspec.field(default=(), name="extra-dependencies")


class _Hatch(msgspec.Struct, frozen=True, kw_only=True):
    envs: dict[str, _HatchEnv] = {}


class _Tools(msgspec.Struct, frozen=True, kw_only=True):
    poetry: _Poetry = _Poetry()
    uv: _Uv = _Uv()
    pdm: _Pdm = _Pdm()
    hatch: _Hatch = _Hatch()
    setuptools: _Setuptools = _Setuptools()


class _Script(msgspec.Struct, frozen=True, kw_only=True):
    dependencies: tuple[str, ...] = ()


class _Pyproject(msgspec.Struct, frozen=True, kw_only=True):
    project: _Table = _Table()
    groups: dict[str, tuple[str | dict[str, object], ...]] = msgspec.field(
        default={}, name="dependency-groups"
    )
    tool: _Tools = _Tools()


def read(form: str, text: str) -> Project | Broken:
    """Read a project file."""
    try:
        return _READERS[form](text)
    except tomllib.TOMLDecodeError as exc:
        found = _PLACE.search(str(exc))
        return Broken(line=int(found[1]) if found else 0, detail=said(f"no TOML: {exc}"))
    except SyntaxError as exc:
        return Broken(line=exc.lineno or 0, detail=said(f"no Python: {exc.msg}"))
    except (
        msgspec.ValidationError, configparser.Error, RecursionError, MemoryError, ValueError,
    ) as exc:  # fmt: skip
        return Broken(line=0, detail=said(f"no {form}: {exc}"))


def _pyproject(text: str) -> Project:
    document = msgspec.convert(tomllib.loads(text), _Pyproject)
    tool, poetry = document.tool, document.tool.poetry
    wishes = [
        *document.project.dependencies,
        *(one for group in document.project.optional.values() for one in group),
        *(one for group in document.groups.values() for one in group if isinstance(one, str)),
        *tool.uv.dev,
        *(one for group in tool.pdm.dev.values() for one in group),
        *(one for env in tool.hatch.envs.values() for one in (*env.dependencies, *env.extra)),
    ]
    tables = (poetry.dependencies, poetry.dev, *(g.dependencies for g in poetry.group.values()))
    return Project(
        name=canonicalize_name(document.project.name or poetry.name),
        wishes=(
            *(requirements.read(_line_of(text, wish), wish) for wish in wishes),
            *(one for table in tables for one in _table(table, text)),
        ),
        files=tuple(_named_files(tool.setuptools.dynamic, text)),
    )


def _named_files(dynamic: _Dynamic, text: str) -> Iterator[tuple[int, str]]:
    for named in (dynamic.dependencies, *dynamic.optional.values()):
        for path in [named.file] if isinstance(named.file, str) else named.file:
            yield _line_of(text, path), path


def _pipfile(text: str) -> Project:
    document = tomllib.loads(text)
    tables = [
        msgspec.convert(table, dict[str, object])
        for key, table in document.items()
        if key not in ("source", "requires", "scripts", "pipenv")
    ]
    return Project(name="", wishes=tuple(one for table in tables for one in _table(table, text)))


def _table(table: Mapping[str, object], text: str) -> Iterator[Wanted | Unasked]:
    """Read Poetry's and pipenv's tables: a name, and a version or a table that holds one."""
    for name, value in table.items():
        if name == "python":
            continue
        for one in value if isinstance(value, list) else [value]:
            yield _entry(name, one, _line_of(text, name))


def _entry(name: str, value: object, line: int) -> Wanted | Unasked:
    known = value if isinstance(value, dict) else {"version": value}
    if {"git", "path", "url", "file"} & known.keys():
        return Unasked(
            line=line,
            name=canonicalize_name(name),
            reason=GapReason.UNSUPPORTED,
            detail="comes from a repository, a URL or a folder",
        )
    version = str(known.get("version", "*"))
    written = f"=={version}" if _PLAIN.fullmatch(version) else version
    try:
        specifier = SpecifierSet(written)
    except InvalidSpecifier:
        # Poetry's own `^1.2` and `*`: ranges that only its lock can answer.
        specifier = SpecifierSet()
    found = requirements.read(line, name)
    if isinstance(found, Unasked):
        return found
    wanted = Requirement(f"{found.requirement.name}{specifier}")
    return Wanted(line=line, requirement=wanted)


def _setup_cfg(text: str) -> Project:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    blocks = [parser.get("options", key, fallback="") for key in _KEYS if key != "extras_require"]
    if parser.has_section("options.extras_require"):
        blocks.extend(value for _, value in parser.items("options.extras_require"))
    wishes = (line.strip() for block in blocks for line in block.splitlines())
    return Project(
        name=canonicalize_name(parser.get("metadata", "name", fallback="")),
        wishes=tuple(
            requirements.read(_line_of(text, wish), wish)
            for wish in wishes
            if wish and not wish.startswith(("#", "file:"))
        ),
    )


def _setup_py(text: str) -> Project:
    """Read the literal lists of a setup.py; what it computes can only be known by running it."""
    wishes: list[Wanted | Unasked] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = ast.parse(text)
    for node in ast.walk(program):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if keyword.arg in _KEYS:
                wishes.extend(_literal(keyword.arg, keyword.value))
    return Project(name="", wishes=tuple(wishes))


def _literal(key: str, node: ast.expr) -> Iterator[Wanted | Unasked]:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        yield Unasked(
            line=node.lineno,
            name=key,
            reason=GapReason.UNSUPPORTED,
            detail="computed when it runs; a lock, or pyproject.toml, would say it",
        )
        return
    groups = value.values() if isinstance(value, dict) else [value]
    for group in groups:
        for wish in group.splitlines() if isinstance(group, str) else group:
            if str(wish).strip():
                yield requirements.read(node.lineno, str(wish))


def _script(text: str) -> Project:
    """Read what a single file says that it needs (PEP 723), in a comment."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as whoever runs it reads it
    found = [block["content"] for block in _BLOCK.finditer(text) if block["type"] == "script"]
    if len(found) > 1:
        raise ValueError("it says twice what it needs")
    lines = [line[2:] for block in found for line in block.splitlines()]
    needs = msgspec.convert(tomllib.loads("\n".join(lines)), _Script).dependencies
    return Project(
        name="",
        wishes=tuple(requirements.read(_line_of(text, wish), wish) for wish in needs),
    )


_READERS: Final[Mapping[str, Callable[[str], Project]]] = {
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    manifests.SCRIPT: _script,
}
FORMS: Final = frozenset(_READERS)


def _line_of(text: str, words: str) -> int:
    place = text.find(words)
    return text.count("\n", 0, place) + 1 if place >= 0 else 0
