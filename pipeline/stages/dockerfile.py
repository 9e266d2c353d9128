"""A light reading of Dockerfiles: is it one, and which images does it build on."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

_NAME: Final = re.compile(
    r"(?:^|/)(?:(?:dockerfile|containerfile)(?:[._-][^/]*)?|[^/]+\.(?:dockerfile|containerfile))$",
    re.IGNORECASE,
)
_WORDS: Final = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
_HEREDOC: Final = re.compile(r"<<-?\s*([\"']?)([A-Za-z_][A-Za-z0-9_]*)\1")
_ESCAPE: Final = re.compile(r"#\s*escape\s*=\s*`\s*$", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))")
_DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")


class Instruction(msgspec.Struct, frozen=True):
    """One instruction, its continuation lines joined."""

    word: str
    rest: str
    line: int
    end_line: int


class Base(msgspec.Struct, frozen=True):
    """An image that a FROM names and that is not pinned by digest."""

    image: str
    """As far as it can be told: `$NAME` stays where nothing in the file says its value."""
    line: int
    end_line: int


class Dockerfile(msgspec.Struct, frozen=True):
    """What was read."""

    unpinned: tuple[Base, ...]
    problem: str
    """Why this is no Dockerfile; empty when it is one."""


def is_dockerfile(path: str) -> bool:
    """Say whether the name is a Dockerfile's."""
    return _NAME.search(path) is not None


def read(text: str) -> Dockerfile:
    """Read a Dockerfile."""
    instructions = list(_instructions(text))
    return Dockerfile(tuple(_unpinned(instructions)), _problem(instructions))


def _problem(instructions: list[Instruction]) -> str:
    for one in instructions:
        if one.word not in _WORDS:
            return f"line {one.line}: {one.word[:20]!r} is no instruction"
    first = next((one.word for one in instructions if one.word != "ARG"), "")
    return "" if first == "FROM" else "it does not begin with FROM"


def _instructions(text: str) -> Iterator[Instruction]:
    """Join continued lines, drop comments, pass over here-documents."""
    lines = text.removeprefix("\ufeff").splitlines()
    escape = "`" if any(_ESCAPE.match(line) for line in lines[:3]) else "\\"
    at = 0
    while at < len(lines):
        start, joined, open_ = at, "", True
        while open_ and at < len(lines):
            line = lines[at].strip()
            at += 1
            if line.startswith("#") or (joined and not line):
                continue
            open_ = line.endswith(escape)
            joined += " " + line.removesuffix(escape)
            if not joined.strip():
                start, open_ = at, False
        word, _, rest = joined.strip().replace("\t", " ").partition(" ")
        if not word:
            continue
        end = at
        if word.upper() in {"RUN", "COPY", "ADD"}:
            for _, name in _HEREDOC.findall(rest):
                while at < len(lines) and lines[at].strip() != name:
                    at += 1
                at += 1
        yield Instruction(word.upper(), rest.strip(), start + 1, end)


def _unpinned(instructions: list[Instruction]) -> Iterator[Base]:
    defaults: dict[str, str] = {}
    stages: set[str] = set()
    begun = False
    for one in instructions:
        if one.word == "ARG" and not begun:
            for part in one.rest.split():
                name, equals, value = part.partition("=")
                if equals:
                    defaults[name] = value.strip("\"'")
        if one.word != "FROM":
            continue
        begun = True
        words = [word for word in one.rest.split() if not word.startswith("--")]
        image = _substituted(words[0], defaults) if words else ""
        if image and not _is_fixed(image, stages):
            yield Base(image, one.line, one.end_line)
        if len(words) > 2 and words[1].upper() == "AS":  # noqa: PLR2004 -- FROM image AS name
            stages.add(words[2].lower())


def _is_fixed(image: str, stages: set[str]) -> bool:
    return image == "scratch" or image.lower() in stages or _DIGEST.search(image) is not None


def _substituted(image: str, defaults: dict[str, str]) -> str:
    """Put in what an ARG before the first FROM says; the rest stays as it is written."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        known = defaults.get(name, "")
        if match[2] == "-":
            return known or match[3]
        if match[2] == "+":
            return match[3] if known else ""
        return known or match[0]

    return _VARIABLE.sub(value, image)
