"""The file: SQLite, written by one run at a time and never over what cannot be read."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from pipeline.store import cells
from pipeline.store.document import Document, Run
from pipeline.store.line import Expected, Line
from pipeline.store.looks import Look
from pipeline.store.rows import Row

_APPLICATION: Final = 0x50454E53
_VERSION: Final = 2
_PATIENCE: Final = 20.0
"""Seconds to wait for another run to finish writing."""
_TABLES: Final = (
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, commit_id TEXT NOT NULL, ref TEXT NOT NULL,
        environment TEXT NOT NULL, verdict TEXT NOT NULL, stages TEXT NOT NULL,
        previous TEXT NOT NULL, state TEXT NOT NULL, seal TEXT NOT NULL)""",
    """CREATE TABLE seen (
        ref TEXT NOT NULL, tracks TEXT NOT NULL, target TEXT NOT NULL, sources TEXT NOT NULL,
        subjects TEXT NOT NULL, since TEXT, known TEXT NOT NULL, last TEXT, gone TEXT,
        fix TEXT NOT NULL, fix_since TEXT, PRIMARY KEY (ref, tracks)) WITHOUT ROWID""",
    """CREATE TABLE looks (
        ref TEXT NOT NULL, stage TEXT NOT NULL, look TEXT NOT NULL,
        PRIMARY KEY (ref, stage)) WITHOUT ROWID""",
    """CREATE TABLE expected (
        ref TEXT NOT NULL, environment TEXT NOT NULL, expected TEXT NOT NULL,
        PRIMARY KEY (ref, environment)) WITHOUT ROWID""",
)
_ROW: Final = "ref, tracks, target, sources, subjects, since, known, last, gone, fix, fix_since"
_RUN: Final = "number, at, commit_id, ref, environment, verdict, stages, previous, state, seal"


class StoreError(Exception):
    """A file is no store that this version can use. It is left as it is."""


def read(path: Path) -> Document | None:
    """Read a store; None where there is none. Raises StoreError."""
    with _refusals(path):
        if not path.exists():
            return None
        with closing(_open_to_read(path)) as connection:
            return None if _is_empty(connection) else _document(connection)


def read_runs(path: Path) -> tuple[Run, ...]:
    """Read every recorded run, oldest first. Raises StoreError."""
    with _refusals(path):
        if not path.exists():
            return ()
        with closing(_open_to_read(path)) as connection:
            if _is_empty(connection):
                return ()
            _check(connection)
            rows = connection.execute(f"SELECT {_RUN} FROM runs ORDER BY number")  # noqa: S608
            return tuple(cells.run(row) for row in rows)


@contextmanager
def writing(path: Path) -> Iterator["Writer"]:
    """Hold a store against every other writer; what is written is kept whole or not at all."""
    with _refusals(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(_connect(path.as_uri(), uri=True)) as connection:
            if _is_empty(connection):
                _let_others_read(connection)
            connection.execute("BEGIN IMMEDIATE")
            if not _is_empty(connection):
                _check(connection)
            yield Writer(connection)
            connection.execute("COMMIT")


class Writer:
    """A store that nobody else writes to meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.found = Document() if _is_empty(connection) else _document(connection)

    def write(self, lines: Mapping[str, Line], run: Run) -> None:
        """Write the branches as they are now, and the run that saw them so."""
        if _is_empty(self._connection):
            for table in _TABLES:
                self._connection.execute(table)
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")
        for ref, line in lines.items():
            old = self.found.lines.get(ref, Line())
            self._change("seen", "tracks", cells.of_rows(ref, old), cells.of_rows(ref, line))
            self._change(
                "looks", "stage", cells.of_told(ref, old.looks), cells.of_told(ref, line.looks)
            )
            before, after = cells.of_told(ref, old.expected), cells.of_told(ref, line.expected)
            self._change("expected", "environment", before, after)
        self._insert("runs", [cells.of_run(run)])

    def _change(self, table: str, name: str, old: set[cells.Cells], new: set[cells.Cells]) -> None:
        self._connection.executemany(
            f"DELETE FROM {table} WHERE ref = ? AND {name} = ?",  # noqa: S608 -- our own words
            [row[:2] for row in old - new],
        )
        self._insert(table, list(new - old))

    def _insert(self, table: str, rows: list[cells.Cells]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    import sqlite3

    if path.is_dir():
        raise StoreError(f"{path} is a folder, and the history is one file: name a file in it")
    try:
        _look_at(path)
        yield
    except (sqlite3.Error, OSError, ValueError, OverflowError, RecursionError) as exc:
        raise StoreError(f"{path} cannot be used: {exc}") from exc


def _look_at(path: Path) -> None:
    """Raise ValueError for what would be waited for without end, such as a pipe."""
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file: name another")


def _connect(name: str, *, uri: bool) -> Connection:
    import sqlite3

    connection = sqlite3.connect(name, uri=uri, timeout=_PATIENCE, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _open_to_read(path: Path) -> Connection:
    """Open a file without changing it, also where nothing can be written beside it."""
    beside = path.with_name(f"{path.name}-wal")
    alone = not beside.exists() and not os.access(path.parent, os.W_OK)
    return _connect(f"{path.as_uri()}?{'immutable=1' if alone else 'mode=ro'}", uri=True)


def _let_others_read(connection: Connection) -> None:
    """Choose the journal with which a reader never waits; whoever comes first does."""
    import sqlite3

    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")


def _is_empty(connection: Connection) -> bool:
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(count == 0)


def _check(connection: Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise ValueError("it is no history of Penstock")
    if version != _VERSION:
        raise ValueError(f"it is of version {version}, and this Penstock writes {_VERSION}")
    # A view or a trigger of somebody else would be run by whoever reads or writes.
    made = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    if {text for (text,) in made} != {*_TABLES}:
        raise ValueError("its tables are not those of a history")


def _document(connection: Connection) -> Document:
    _check(connection)
    rows: dict[str, list[Row]] = {}
    for row in connection.execute(f"SELECT {_ROW} FROM seen ORDER BY ref, tracks"):  # noqa: S608
        rows.setdefault(row[0], []).append(cells.row(row))
    looks = cells.told(connection.execute("SELECT ref, stage, look FROM looks"), Look)
    told = connection.execute("SELECT ref, environment, expected FROM expected")
    expected = cells.told(told, Expected)
    last = connection.execute(
        f"SELECT {_RUN} FROM runs ORDER BY number DESC LIMIT 1"  # noqa: S608
    ).fetchone()
    lines = {
        ref: Line(
            rows=tuple(rows.get(ref, ())), looks=looks.get(ref, {}), expected=expected.get(ref, {})
        )
        for ref in sorted({*rows, *looks, *expected})
    }
    return Document(lines=lines, last=None if last is None else cells.run(last))
