"""A light reading of Dockerfiles: is it one, and which images does it build on."""

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from pipeline.model.inventory import Inventory

_NAME: Final = re.compile(
    r"(?:^|/)(?:(?:dockerfile|containerfile)(?:[._-][^/]*)?|[^/]+\.(?:dockerfile|containerfile))$",
    re.IGNORECASE,
)
_WORDS: Final = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
_WITH_HEREDOC: Final = frozenset({"ADD", "COPY", "RUN"})
_HEREDOC: Final = re.compile(r"\d*<<(-?)\s*([^<]+)", re.DOTALL)
_LETTER: Final = r"""\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\$\{[^{}]*\}|\$(?!\{)|[^\s"'\\$]"""
_SHELL: Final = re.compile(rf"(?P<word>(?:{_LETTER})+)|\s+|(?P<open>.)", re.DOTALL)
"""Words as a shell cuts them; a quote that nothing closes is `open`."""
_DIRECTIVE: Final = re.compile(r"#\s*(syntax|escape|check)\s*=\s*(.+?)\s*$", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[\t\v\f\r ]+")
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))")
_ODD_USER: Final = re.compile(r"""[$"'\\\s]|^[+-]|^0\d""")
"""A variable, a quoted name, or another way to write the number 0."""
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
    unknown: str
    """Which user Trivy takes for nobody it knows, though it may be root; empty where none is."""


def is_dockerfile(path: str) -> bool:
    """Say whether the name is a Dockerfile's."""
    return _NAME.search(path) is not None


def unnamed(inventory: Inventory) -> AbstractSet[str]:
    """Return the Dockerfiles that only what stands in them shows to be some."""
    return {
        one.path
        for one in inventory.files
        if one.language == "dockerfile" and not is_dockerfile(one.path)
    }


def read(text: str) -> Dockerfile:
    """Read a Dockerfile."""
    instructions = list(_instructions(text))
    return Dockerfile(
        tuple(_unpinned(instructions)), _problem(instructions), _unknown(instructions)
    )


def _unknown(instructions: list[Instruction]) -> str:
    """Find a stage's last USER that only whoever builds or runs the image can read."""
    last: dict[int, Instruction] = {}
    stage = 0
    for one in instructions:
        stage += one.word == "FROM"
        if one.word == "USER":
            last[stage] = one
    odd = (one for one in last.values() if _ODD_USER.search(one.rest))
    return next((f"line {one.line}: it does not know who {one.rest[:40]} is" for one in odd), "")


def _problem(instructions: list[Instruction]) -> str:
    for one in instructions:
        if one.word not in _WORDS:
            return f"line {one.line}: {one.word[:20]!r} is no instruction"
    first = next((one.word for one in instructions if one.word != "ARG"), "")
    return "" if first == "FROM" else "it does not begin with FROM"


def _instructions(text: str) -> Iterator[Instruction]:
    """Join continued lines, drop comments, pass over here-documents: exactly as BuildKit does.

    What is joined here and not there would hide an instruction.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    goes_on = _continuation(lines)
    at = 0
    while at < len(lines):
        start, parts = at, []
        line = _content(lines[at]).lstrip()
        at += 1
        while True:
            parts.append(goes_on.sub(r"\1", line))
            if len(parts[-1]) == len(line):
                break
            at = next((n for n in range(at, len(lines)) if _content(lines[n])), len(lines))
            if at == len(lines):
                break
            line = _content(lines[at])
            at += 1
        word, _, rest = _BLANKS.sub(" ", "".join(parts).strip(), count=1).partition(" ")
        end = at
        for name, is_indented in _heredocs(word.upper(), rest):
            while at < len(lines) and not _ends(lines[at], name, is_indented=is_indented):
                at += 1
            at += 1
        if word:
            yield Instruction(word.upper(), rest.strip(), start + 1, end)


def _continuation(lines: list[str]) -> re.Pattern[str]:
    """Return what ends a line that goes on; `# escape` counts only before all other comments."""
    escape = "\\"
    for line in lines:
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape":
            escape = found[2]
    letter = re.escape(escape)
    return re.compile(rf"(^|[^{letter}]){letter}[ \t]*$")


def _content(line: str) -> str:
    """Return a line without its end; nothing for a comment or a blank line."""
    stripped = line.strip()
    return "" if not stripped or stripped.startswith("#") else line.rstrip("\r")


def _heredocs(word: str, rest: str) -> Iterator[tuple[str, bool]]:
    """Yield the name of each here-document that begins, and whether its end may be indented."""
    if "<<" not in rest:
        return
    if word == "ONBUILD":
        word, _, rest = rest.strip().partition(" ")
    if word.upper() not in _WITH_HEREDOC or _is_list(rest):
        return
    words = list(_SHELL.finditer(rest))
    if any(one["open"] for one in words):
        return
    for one in words:
        if one["word"] and (found := _HEREDOC.fullmatch(one["word"])):
            yield re.sub(r"[\"']|\\(?=.)", "", found[2]), bool(found[1])


def _is_list(rest: str) -> bool:
    """Say whether a command is written as a JSON list of its words."""
    written = re.sub(r"^(?:\s*--\S+)*", "", rest)
    try:
        return isinstance(json.loads(written), list)
    except (ValueError, RecursionError):
        return False


def _ends(line: str, name: str, *, is_indented: bool) -> bool:
    return (line.lstrip("\t") if is_indented else line).rstrip("\r") == name


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
