"""Reads what projects wish for: pyproject.toml, Pipfile, setup.cfg, setup.py and their like."""

import configparser
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from pipeline.inventory import manifests, requirements, sessions, setups
from pipeline.inventory.locks import Broken
from pipeline.inventory.project_tables import Pixi, Pyproject, Script, Tools
from pipeline.inventory.requirements import Unasked, Wanted
from pipeline.inventory.text import line_of, said
from pipeline.model.gap import GapReason

_PLACE: Final = re.compile(r"line (\d+)")
_PLAIN: Final = re.compile(r"\d[\w.+!-]*")
_BLOCK: Final = re.compile(
    r"^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$", re.MULTILINE
)
"""As PEP 723 has it."""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project's name, if it has one, and its wishes."""

    name: str
    wishes: tuple[Wanted | Unasked, ...]
    files: tuple[tuple[int, str], ...] = ()
    """Requirements files that it names, each with its line."""
    computed: int = 0
    """The line that leaves what it wishes for to whoever builds it; 0 where none does."""
    imports: tuple[tuple[int, str], ...] = ()
    """Modules that may say what a program does not say itself, each with its line."""


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
    return _of_python(tomllib.loads(text), text)


def _hatch(text: str) -> Project:
    """Read what would stand in `[tool.hatch]` as well."""
    return _of_python({"tool": {"hatch": tomllib.loads(text)}}, text)


def _of_python(read: Mapping[str, object], text: str) -> Project:
    document = msgspec.convert(read, Pyproject)
    tool, poetry = document.tool, document.tool.poetry
    wishes = [
        *document.project.dependencies,
        *(one for group in document.project.optional.values() for one in group),
        *(one for group in document.groups.values() for one in group if isinstance(one, str)),
        *tool.uv.dev,
        *tool.uv.override,
        *tool.flit.metadata.requires,
        *(one for group in tool.flit.metadata.extra.values() for one in group),
        *(one for group in tool.pdm.dev.values() for one in group),
        *(one for env in tool.hatch.envs.values() for one in (*env.dependencies, *env.extra)),
        *tool.rye.dev,
    ]
    name = canonicalize_name(document.project.name or poetry.name)
    tables = (
        poetry.dependencies, poetry.dev, *(g.dependencies for g in poetry.group.values()),
        *_of_pixi(tool.pixi, name),
    )  # fmt: skip
    tox = sessions.of_tox_tables(tool.tox, text)
    return Project(
        name=name,
        wishes=(
            *(requirements.read(line_of(text, wish), wish) for wish in wishes),
            *(one for table in tables for one in _table(table, text)),
            *_from_elsewhere(tool.uv.sources, text),
            *tox.wishes,
        ),
        files=(*((line_of(text, path), path) for path in _named_files(tool)), *tox.files),
        computed=_computed(document, text),
    )


def _of_pixi(pixi: Pixi, own: str) -> Iterator[Mapping[str, object]]:
    """Yield its tables of Python's packages, without the project itself, which it lists by path."""
    for one in (pixi, *pixi.feature.values(), *pixi.target.values()):
        yield {name: wish for name, wish in one.pypi.items() if canonicalize_name(name) != own}


def _named_files(tool: Tools) -> Iterator[str]:
    dynamic, lists = tool.setuptools.dynamic, tool.hatch.metadata.hooks.requirements_txt
    for named in (dynamic.dependencies, *dynamic.optional.values()):
        yield from [named.file] if isinstance(named.file, str) else named.file
    for files in (lists.files, *lists.optional.values()):
        yield from files


def _computed(document: Pyproject, text: str) -> int:
    """Return the line that leaves dependencies to whoever builds it, if no table says them."""
    dynamic, lists = document.tool.setuptools.dynamic, document.tool.hatch.metadata.hooks
    poetry = document.tool.poetry.dependencies
    told = {
        "dependencies": dynamic.dependencies.file or lists.requirements_txt.files or poetry,
        "optional-dependencies": dynamic.optional or lists.requirements_txt.optional or poetry,
    }
    left = any(not told.get(one, True) for one in document.project.dynamic)
    return line_of(text, "dynamic") if left else 0


def _from_elsewhere(sources: Mapping[str, object], text: str) -> Iterator[Unasked]:
    """Yield what uv takes from a repository or an address, whatever version is asked for."""
    for name, value in sources.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and ({"git", "url"} & one.keys() or _is_archive(one)):
                yield _placed(name, line_of(text, name))


def _is_archive(source: Mapping[str, object]) -> bool:
    """Say whether it is a packed file: a folder's code is looked at where it lies."""
    return str(source.get("path", "")).endswith(requirements.ARCHIVES)


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
            yield _entry(name, one, line_of(text, name))


def _entry(name: str, value: object, line: int) -> Wanted | Unasked:
    known = value if isinstance(value, dict) else {"version": value}
    if {"git", "path", "url", "file"} & known.keys():
        return _placed(name, line)
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


def _placed(name: str, line: int) -> Unasked:
    return Unasked(
        line=line,
        name=canonicalize_name(name),
        reason=GapReason.UNSUPPORTED,
        detail="comes from a repository, a URL or a folder",
    )


def _told(setup: setups.Setup) -> Project:
    return Project(
        name=canonicalize_name(setup.name),
        wishes=setup.wishes,
        files=setup.files,
        imports=setup.imports,
    )


def _script(text: str) -> Project:
    """Read what a single file says that it needs (PEP 723), in a comment."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as whoever runs it reads it
    found = [block["content"] for block in _BLOCK.finditer(text) if block["type"] == "script"]
    if len(found) > 1:
        raise ValueError("it says twice what it needs")
    lines = [line[2:] for block in found for line in block.splitlines()]
    needs = msgspec.convert(tomllib.loads("\n".join(lines)), Script)
    wishes = (*needs.dependencies, *needs.tool.uv.override)
    return Project(
        name="",
        wishes=(
            *(requirements.read(line_of(text, wish), wish) for wish in wishes),
            *_from_elsewhere(needs.tool.uv.sources, text),
        ),
    )


_READERS: Final[Mapping[str, Callable[[str], Project]]] = {
    "pyproject.toml": _pyproject,
    "hatch.toml": _hatch,
    "Pipfile": _pipfile,
    "setup.cfg": lambda text: _told(setups.of_cfg(text)),
    "setup.py": lambda text: _told(setups.of_program(text)),
    "tox.ini": lambda text: _told(sessions.of_tox(text)),
    "tox.toml": lambda text: _told(sessions.of_tox_tables(tomllib.loads(text), text)),
    "noxfile.py": lambda text: _told(sessions.of_nox(text)),
    manifests.SCRIPT: _script,
}
FORMS: Final = frozenset(_READERS)
