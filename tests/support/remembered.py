"""A history in few words: days for instants, runs that look at everything or at nothing."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.model.finding import Finding
from pipeline.model.outcome import Outcome, StageEvidence
from pipeline.store import history
from pipeline.store.document import StageRun
from pipeline.store.line import Expected
from pipeline.store.looks import Look, look
from tests.support.judging import done, tool

KEY: Final = b"a key"
FIRST: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
STAGES: Final = ("semgrep", "pip-audit")


def instant(day: float) -> str:
    return (FIRST + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(number: int) -> str:
    return instant(number)[:10]


def looks(
    at: float,
    stages: Iterable[str] = STAGES,
    *,
    outcome: Outcome | None = None,
    targets: Iterable[str] = (),
    **fields: Any,
) -> list[Look]:
    made = (
        look(
            StageEvidence(stage=stage, outcome=outcome or done(), tools=(tool(),), **fields),
            at=instant(at),
            targets=targets,
        )
        for stage in stages
    )
    return [one for one in made if one is not None]


class Kept:
    """A store in a file, and what an intruder may do to it."""

    def __init__(self, path: Path, *, key: bytes | None = KEY, ref: str = "main") -> None:
        self.path = path
        self.key = key
        self.ref = ref

    def run(
        self,
        at: float,
        *findings: Finding,
        seen: Iterable[Look] | None = None,
        ref: str | None = None,
        grown: bool = True,
        key: bytes | str | None = "",
        stages: Iterable[StageRun] = (),
        environment: str = "main",
        expected: Expected | None = None,
    ) -> None:
        run = history.NewRun(
            at=instant(at),
            commit="c" * 40,
            ref=ref or self.ref,
            environment=environment,
            verdict="PASS",
            stages=tuple(stages),
            expected=expected,
        )
        history.record(
            self.path,
            run,
            key=self.key if isinstance(key, str) else key,
            findings=findings,
            looks=looks(at) if seen is None else seen,
            descends=lambda _: grown,
        )

    def read(self, *, ref: str | None = None, grown: bool = True) -> history.History:
        return history.read(self.path, key=self.key, ref=ref or self.ref, descends=lambda _: grown)

    def dated(self, finding: Finding, **how: Any) -> Finding:
        (dated,) = self.read(**how).dated([finding])
        return dated

    def first_seen(self, finding: Finding, **how: Any) -> str | None:
        return self.dated(finding, **how).first_seen

    def backup(self) -> Path:
        copy = self.path.with_name(f"{self.path.name}.{len(list(self.path.parent.iterdir()))}")
        shutil.copy(self.path, copy)
        return copy

    def restore(self, copy: Path) -> None:
        self.delete()
        shutil.copy(copy, self.path)

    def delete(self) -> None:
        for end in ("", "-wal", "-shm"):
            self.path.with_name(f"{self.path.name}{end}").unlink(missing_ok=True)

    def edit(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)
