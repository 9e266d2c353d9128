"""SARIF 2.1.0 of any tool: results one after the other, everything else of a run at once."""

from collections.abc import Callable
from typing import IO, Final

import msgspec

from pipeline.imports import sarif_word
from pipeline.imports.base import Asked, NotReadError, Word
from pipeline.imports.cursor import BAD, Cursor
from pipeline.imports.elements import elements
from pipeline.imports.sarif_model import Result, Run
from pipeline.imports.sarif_places import Places
from pipeline.imports.sarif_results import Results
from pipeline.imports.sarif_rules import Rules
from pipeline.imports.walk import items, members, sound
from pipeline.model.finding import Finding, Kind
from pipeline.model.imported import Lack

NAME: Final = "sarif"
TITLE: Final = "SARIF 2.1.0"
_VERSION: Final = "2.1.0"
_RESULTS: Final = "results"
_INLINE: Final = "inlineExternalProperties"
"""Parts of runs, results among them, that stand beside the runs."""
_NOTHING: Final = (b"null", b"[]")


def is_it(names: frozenset[str]) -> bool:
    """Tell it by its runs."""
    return "runs" in names


def read(stream: IO[bytes], asked: Asked, found: Callable[[Finding], None]) -> Word:
    """Hand over every finding, and return the rest. Raises NotReadError."""
    cursor = Cursor(stream)
    results = Results(asked)
    words: list[Word] = []
    version: bytes | None = None
    apart = False
    for name in members(cursor):
        if name == "runs":
            words.extend(_run(cursor, asked, results, found) for _ in items(cursor))
        elif name == "version":
            version = sound(cursor)
        else:
            apart |= sound(cursor) not in _NOTHING and name == _INLINE
    cursor.end()
    if version != msgspec.json.encode(_VERSION):
        said = "of no version" if version is None else version[:20].decode(errors="replace")
        raise NotReadError(f"it says that it is SARIF {said}, and {_VERSION} is what is read")
    word = sarif_word.joined(words, asked, apart=apart)
    if results.unplaced and asked.kind is not Kind.DAST:  # a site has no files
        return msgspec.structs.replace(word, lacks=word.lacks | {Lack.UNPLACED_RESULTS})
    return word


def _run(cursor: Cursor, asked: Asked, results: Results, found: Callable[[Finding], None]) -> Word:
    """Read one run. Results before what they point into are passed over, and read at the end."""
    parts: dict[str, bytes] = {}
    later: int | None = None
    before: Places | None = None
    computed = False
    for name in members(cursor):
        if name != _RESULTS:
            parts[name] = cursor.raw()
        elif cursor.peek() == b"n":
            sound(cursor)
        elif {"tool", "artifacts"} <= parts.keys():  # results point into both
            computed = True
            before = _results(cursor, _decoded(cursor, parts), results, found)
        else:
            computed = True
            later = cursor.offset
            for _ in elements(cursor, msgspec.json.Decoder(list[msgspec.Raw])):
                pass
    run = _decoded(cursor, parts)
    if later is not None:
        after = cursor.offset
        cursor.jump(later)
        _results(cursor, run, results, found)
        cursor.jump(after)
    if before is not None and before.otherwise(Places(run, asked.roots)):
        results.unplaced = True
    return sarif_word.of(run, asked, computed=computed)


def _results(
    cursor: Cursor, run: Run, results: Results, found: Callable[[Finding], None]
) -> Places:
    """Hand over what the results say, and return the places by which they were read."""
    rules, places = Rules(run.tool), results.places(run)
    for one in elements(cursor, msgspec.json.Decoder(list[Result])):
        for made in results.findings(one, rules, places):
            found(made)
    return places


def _decoded(cursor: Cursor, parts: dict[str, bytes]) -> Run:
    named = (msgspec.json.encode(name) + b":" + raw for name, raw in parts.items())
    try:
        return msgspec.json.decode(b"{" + b",".join(named) + b"}", type=Run)
    except BAD as exc:
        raise cursor.fault(f"a run is none of SARIF ({exc}),") from exc
