"""What a store says in the cells of its tables, read by hand and written."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from pipeline.store.document import Run, StageRun
from pipeline.store.line import Expected, Line
from pipeline.store.looks import Look
from pipeline.store.rows import Fix, Row

Cells: TypeAlias = tuple[object, ...]
_Told = TypeVar("_Told", Look, Expected)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_FIXES: Final[Mapping[object, Fix]] = {"none": "none", "some": "some", "unknown": "unknown"}
_TEXT: Final = {str}
_SUBJECTS: Final = msgspec.json.Decoder(tuple[str, ...])


def told(rows: Iterable[tuple[Any, ...]], of: type[_Told]) -> dict[str, dict[str, _Told]]:
    """Read what is told by branch and name."""
    found: dict[str, dict[str, _Told]] = {}
    for ref, name, text in rows:
        if {type(ref), type(name), type(text)} != _TEXT:
            raise ValueError(f"{of.__name__} makes no sense")
        told = msgspec.json.decode(text, type=of)
        _time(told.at, _INSTANT)
        found.setdefault(ref, {})[name] = told
    return found


def row(cells: tuple[Any, ...]) -> Row:
    """Read a row by hand: there may be tens of thousands, and each is checked."""
    _, tracks, target, sources, subjects, since, known, last, gone, fix, fix_since = cells
    if fix not in _FIXES or {*map(type, (cells[0], tracks, target, sources, subjects))} != _TEXT:
        raise ValueError("a row makes no sense")
    names = tuple(tracks.split())
    if not names:
        raise ValueError("a row is about nothing")
    return Row(
        tracks=names,
        target=target,
        sources=_words(sources),
        subjects=_SUBJECTS.decode(subjects),
        since=_time(since, _DAY),
        known=_time(known, _DAY) or "",
        last=_time(last, _INSTANT),
        gone=_time(gone, _INSTANT),
        fix=_FIXES[fix],
        fix_since=_time(fix_since, _DAY),
    )


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@lru_cache(maxsize=4096)
def _time(text: object, form: re.Pattern[str]) -> str | None:
    """Return a day or an instant of ours, None for none. Nothing is counted from anything else."""
    if text is None:
        return None
    if not isinstance(text, str) or not form.fullmatch(text):
        raise ValueError(f"{text!r} is no time")
    if form is _INSTANT:
        datetime.fromisoformat(text)
    return text


def of_rows(ref: str, line: Line) -> set[Cells]:
    """Write the rows of a branch."""
    return {
        (
            ref,
            " ".join(row.tracks),
            row.target,
            " ".join(row.sources),
            msgspec.json.encode(row.subjects).decode(),
            row.since,
            row.known,
            row.last,
            row.gone,
            row.fix,
            row.fix_since,
        )
        for row in line.rows
    }


def of_told(ref: str, told: Mapping[str, Look] | Mapping[str, Expected]) -> set[Cells]:
    """Write what is told of a branch by name."""
    return {(ref, name, msgspec.json.encode(one).decode()) for name, one in told.items()}


def run(row: tuple[int | str, ...]) -> Run:
    """Read a run."""
    number, at, commit, ref, environment, verdict, stages, previous, state, seal = row
    return msgspec.convert(
        {
            "number": number,
            "at": at,
            "commit": commit,
            "ref": ref,
            "environment": environment,
            "verdict": verdict,
            "stages": msgspec.json.decode(str(stages), type=tuple[StageRun, ...]),
            "previous": previous,
            "state": state,
            "seal": seal,
        },
        Run,
    )


def of_run(run: Run) -> Cells:
    """Write a run."""
    return (
        run.number,
        run.at,
        run.commit,
        run.ref,
        run.environment,
        run.verdict,
        msgspec.json.encode(run.stages).decode(),
        run.previous,
        run.state,
        run.seal,
    )
