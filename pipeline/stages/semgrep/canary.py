"""A known-bad file for every language that has rules, and the rules that must find it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

import msgspec

from pipeline.model.gap import Gap, GapReason
from pipeline.stages.semgrep import examples as semgrep_examples
from pipeline.stages.semgrep.rules import RESERVED, Rules

FOLDER: Final = "canary/semgrep"

_CALL: Final = "penstock_canary(...)"
PLANTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "bash": ("canary.sh", "penstock_canary ...", "penstock_canary 1\n"),
    "c": ("canary.c", _CALL, "void f(void) { penstock_canary(1); }\n"),
    "cpp": ("canary.cpp", _CALL, "void f() { penstock_canary(1); }\n"),
    "csharp": ("canary.cs", _CALL, "class C { void F() { penstock_canary(1); } }\n"),
    "dockerfile": ("Dockerfile", "RUN penstock_canary", "FROM scratch\nRUN penstock_canary\n"),
    "go": ("canary.go", _CALL, "package p\n\nfunc f() { penstock_canary(1) }\n"),
    "html": ("canary.html", "<penstock_canary>...</penstock_canary>",
             "<html><penstock_canary>1</penstock_canary></html>\n"),
    "java": ("Canary.java", _CALL, "class Canary { void f() { penstock_canary(1); } }\n"),
    "javascript": ("canary.js", _CALL, "penstock_canary(1);\n"),
    "json": ("canary.json", '"penstock_canary": 1', '{"penstock_canary": 1}\n'),
    "kotlin": ("canary.kt", _CALL, "fun f() { penstock_canary(1) }\n"),
    "php": ("canary.php", _CALL, "<?php\npenstock_canary(1);\n"),
    "python": ("canary.py", _CALL, "penstock_canary(1)\n"),
    "ruby": ("canary.rb", _CALL, "penstock_canary(1)\n"),
    "rust": ("canary.rs", _CALL, "fn f() { penstock_canary(1); }\n"),
    "scala": ("canary.scala", _CALL, "object C { def f() = penstock_canary(1) }\n"),
    "swift": ("canary.swift", _CALL, "func f() { penstock_canary(1) }\n"),
    "terraform": ("canary.tf", 'resource "penstock_canary" "x" { ... }',
                  'resource "penstock_canary" "x" {\n  a = 1\n}\n'),
    "typescript": ("canary.ts", _CALL, "penstock_canary(1);\n"),
    "yaml": ("canary.yaml", "penstock_canary: 1", "penstock_canary: 1\n"),
}  # fmt: skip
"""Language: file name, pattern, content."""

_SHOWN: Final = 5
_TEXT_FILE: Final = "canary.txt"


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """What one semgrep process is given to find."""

    rules: bytes
    """A rule file, in JSON, which YAML includes."""
    files: tuple[tuple[str, bytes], ...]
    """Names below the working directory."""
    expected: frozenset[tuple[str, str]]
    """(rule, path) of each result that must be in the report."""


def for_code(rules: Rules, word: str) -> Planted:
    """Plant a file for every language that these rules read and we can write.

    Python's is always there, so that every run has one. What it says holds the run's word. Each
    rule of the shipped pack, wherever it is loaded, has a piece of its own in it.
    """
    files: list[tuple[str, bytes]] = []
    own: list[dict[str, object]] = []
    expected: set[tuple[str, str]] = set()
    for language in sorted({"python", *rules.languages} & PLANTS.keys()):
        name, pattern, content = PLANTS[language]
        path = str(PurePosixPath(FOLDER, name))
        examples = semgrep_examples.of(language, rules.ids)
        files.append((path, "".join((content, *examples.values())).encode()))
        own.append(_rule(language, [language], {"pattern": pattern}, word))
        expected.add((f"{RESERVED}{language}", path))
        expected.update((rule, path) for rule in examples)
    return Planted(rules=_document(own), files=tuple(files), expected=frozenset(expected))


def for_text(word: str) -> Planted:
    """Plant a file for the rules that read any text; what is said of it holds the run's word."""
    path = str(PurePosixPath(FOLDER, _TEXT_FILE))
    own = [
        _rule("generic", ["generic"], {"pattern": "penstock canary"}, word),
        _rule("regex", ["regex"], {"pattern-regex": "penstock canary"}, word),
    ]
    return Planted(
        rules=_document(own),
        files=((path, b"penstock canary\n"),),
        expected=frozenset({(f"{RESERVED}generic", path), (f"{RESERVED}regex", path)}),
    )


def unheard(stage: str, missed: Sequence[tuple[str, str]]) -> Iterator[Gap]:
    """Name the rules that did not find what was planted for them."""
    if missed:
        names = ", ".join(dict.fromkeys(rule for rule, _ in missed[:_SHOWN]))
        more = f" and {len(missed) - _SHOWN} more" if len(missed) > _SHOWN else ""
        detail = f"semgrep: what was planted was not found by {names}{more}{_own(missed)}"
        yield Gap(stage=stage, target=None, reason=GapReason.CANARY_MISSED, detail=detail)


def _own(missed: Sequence[tuple[str, str]]) -> str:
    """Say what somebody who altered a shipped rule has to do."""
    shipped = any(not rule.startswith(RESERVED) for rule, _ in missed)
    return "; a shipped rule that was altered or scoped needs an id of its own" if shipped else ""


def _rule(name: str, languages: list[str], pattern: dict[str, str], word: str) -> dict[str, object]:
    return {
        "id": f"{RESERVED}{name}",
        "languages": languages,
        "severity": "INFO",
        "message": f"Penstock planted this. {word}",
        **pattern,
    }


def _document(rules: list[dict[str, object]]) -> bytes:
    return msgspec.json.encode({"rules": rules})
