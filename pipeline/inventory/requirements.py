"""Reads one requirements file as pip reads it, without following anything.

Every line that is not blank and no comment becomes an item: a dependency, a file to follow, an
option that names no dependency, or something that cannot be read. Nothing is left out.
"""

import re
import shlex
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pipeline.inventory.text import decoded, said
from pipeline.model.gap import GapReason

_COMMENT: Final = re.compile(r"(?<!\S)#.*$")
_EDITABLE: Final = "--editable"
_FOLLOWED: Final = {"--requirement": False, "--constraint": True}
_WITH_VALUE: Final = (
    "--index-url", "--pypi-url", "--extra-index-url", "--find-links", "--no-binary",
    "--only-binary", "--trusted-host", "--use-feature", "--requirement", "--constraint",
    _EDITABLE, "--hash", "--config-settings", "--global-option", "--install-option",
)  # fmt: skip
_ALONE: Final = (
    "--no-index", "--prefer-binary", "--require-hashes", "--pre", "--process-dependency-links",
    "--always-unzip",
)  # fmt: skip
_SHORT: Final = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": _EDITABLE,
    "-i": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
}
ARCHIVES: Final = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz")
_LOCATION: Final = re.compile(
    r"^(?:\.{1,2}(?:[/\\\[]|$)|[/~\\]|[A-Za-z]:\\)|://|^file:|^[\w.-]+[/\\]"
)
_LONGEST: Final = 2048
_DEEPEST: Final = 50
"""Brackets in a marker: its parser descends into each."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency by name."""

    line: int
    requirement: Requirement


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """`-r` or `-c`."""

    line: int
    path: str
    constraint: bool


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A line that names no dependency: `--index-url` and the like."""

    line: int
    name: str


class Unasked(msgspec.Struct, frozen=True, kw_only=True):
    """A line that names something for which no database can be asked, or that nobody can read."""

    line: int
    name: str
    reason: GapReason
    detail: str
    marker: str = ""


Item: TypeAlias = Wanted | Follow | Option | Unasked


def parse(data: bytes) -> tuple[Item, ...]:
    """Read a file's bytes."""
    return tuple(items(data))


def items(data: bytes) -> Iterator[Item]:
    """Read a file's bytes as far as somebody asks."""
    return (item for line, text in _lines(decoded(data)) for item in _items(line, text))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines and drop comments, in pip's order; a line is numbered by its first."""
    first = 0
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        first = first if parts else number
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        # The blank keeps a comment a comment where it ends a continued line.
        yield first, _stripped("".join((*parts, f" {line}" if comment else line)))
        parts = []
    if parts:
        yield first, _stripped("".join(parts))


def _stripped(line: str) -> str:
    return _COMMENT.sub("", line).strip()


def _items(line: int, text: str) -> Iterator[Item]:
    if not text:
        return
    words = text.split(" ")
    options = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    wanted = " ".join(words[:options]).strip()
    if wanted:
        # What follows a dependency on its line can be only about it: hashes and settings.
        yield read(line, wanted)
        return
    if len(text) > _LONGEST:
        yield _unreadable(line, text, "too long to be a line of options")
        return
    try:
        yield from _options(line, shlex.split(text))
    except ValueError as exc:
        yield _unreadable(line, text, str(exc))


def read(line: int, text: str) -> Wanted | Unasked:
    """Read one dependency as PEP 508 writes it."""
    text = " ".join(text.split())
    if len(text) > _LONGEST or text.count("(") > _DEEPEST:
        return _unreadable(line, text, "too long or too deep to be a dependency")
    if not text.isprintable():
        return _unreadable(line, text, "holds characters that are no text")
    try:
        found = Requirement(text)
    except InvalidRequirement as exc:
        is_place = _LOCATION.search(text) is not None
        why = str(exc).partition("\n")[0]
        return _place(line, text) if is_place else _unreadable(line, text, why)
    if found.url is not None:
        return _from_url(line, found, found.url)
    if found.name.lower().endswith(ARCHIVES):
        return _place(line, text)
    return Wanted(line=line, requirement=found)


def _from_url(line: int, found: Requirement, url: str) -> Unasked:
    return Unasked(
        line=line,
        name=canonicalize_name(found.name),
        reason=GapReason.UNSUPPORTED,
        detail=said(f"comes from {url}: no database knows it by name and version"),
        marker=said(str(found.marker or "")),
    )


def _options(line: int, words: list[str]) -> Iterator[Item]:
    """Read a line of options. All that pip would pass over on it is an item too."""
    waiting = iter(words)
    for word in waiting:
        name, value = _option(word)
        if name is None:
            yield _unreadable(line, word, "pip knows no such option here, or passes over it")
            continue
        if value is None and name in _WITH_VALUE:
            value = next(waiting, None)
            if value is None:
                yield _unreadable(line, word, "the option lacks its value")
                continue
        yield _meant(line, name, value or "")


def _meant(line: int, name: str, value: str) -> Item:
    if name in _FOLLOWED:
        if "://" in value or "${" in value:
            return Unasked(
                line=line,
                name=said(f"{name} {value}"),
                reason=GapReason.UNSUPPORTED,
                detail="a file that is not in this tree",
            )
        return Follow(line=line, path=value, constraint=_FOLLOWED[name])
    if name == _EDITABLE:
        return _place(line, f"-e {value}")
    return Option(line=line, name=name)


def _option(word: str) -> tuple[str | None, str | None]:
    """Return an option's full name and the value that is written with it, if one is."""
    if not word.startswith("--"):
        name = _SHORT.get(word[:2])
        return name, word[2:] or None
    written, equals, value = word.partition("=")
    known = (*_WITH_VALUE, *_ALONE)
    if written in known:
        return written, value if equals else None
    meant = [name for name in known if name.startswith(written)]
    return (meant[0] if len(meant) == 1 else None), value if equals else None


def _place(line: int, text: str) -> Unasked:
    return Unasked(
        line=line,
        name=said(text),
        reason=GapReason.UNSUPPORTED,
        detail="names a place, not a name and a version that a database could be asked for",
    )


def _unreadable(line: int, text: str, why: str) -> Unasked:
    return Unasked(line=line, name=said(text), reason=GapReason.PARSE_ERROR, detail=said(why))
