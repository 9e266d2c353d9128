"""Whatever is done to a history, nothing gets younger than it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.store.history import StoreError
from tests.support.judging import code, package
from tests.support.remembered import Kept, day, looks

FLAW: Final = code()
CVE: Final = package(advisory_published="2025-06-01")
EDITS: Final = (
    "UPDATE seen SET since = '2030-01-01'",
    "UPDATE seen SET known = '2030-01-01'",
    "UPDATE seen SET gone = '2026-01-01T00:00:00Z'",
    "UPDATE looks SET look = replace(look, '2026', '2029')",
    "UPDATE runs SET at = '2030-01-01T00:00:00Z'",
    "UPDATE runs SET state = 'x'",
    "DELETE FROM seen",
    "DELETE FROM looks",
    "DELETE FROM runs",
)


@contextmanager
def history(*, key: bytes | None = b"k") -> Iterator[Kept]:
    with TemporaryDirectory() as folder:
        yield Kept(Path(folder) / "s.sqlite", key=key)


class Step:
    """What a day brings: whether the flaw is there, and what becomes of the history."""

    def __init__(self, there: bool, what: str, pause: int, choice: int) -> None:  # noqa: FBT001
        self.there = there
        self.what = what
        self.pause = pause
        self.choice = choice

    def __repr__(self) -> str:
        return f"{self.what}{'+' if self.there else '-'}{self.pause}/{self.choice}"


def steps(*kinds: str) -> st.SearchStrategy[list[Step]]:
    one = st.builds(
        Step, st.booleans(), st.sampled_from(kinds), st.integers(1, 60), st.integers(0, 8)
    )
    return st.lists(one, min_size=2, max_size=10)


@settings(max_examples=80, deadline=None)
@given(steps=steps("run", "run", "run", "blind", "idle", "backup", "restore", "delete", "edit"))
def test_no_tampering_dates_a_flaw_after_it_came(steps: list[Step]) -> None:
    with history() as kept:
        now = 0
        absent: int | None = None
        copies: list[Path] = []
        for step in steps:
            now += step.pause
            _tamper(kept, step, copies)
            if step.there:
                for finding, fallback in ((FLAW, None), (CVE, CVE.advisory_published)):
                    seen = kept.first_seen(finding)
                    latest = None if absent is None else day(absent)
                    proven = latest is not None and seen is not None and seen <= latest
                    assert proven or seen in (None, fallback), (step, seen, latest)
            else:
                absent = now
            if step.what in ("run", "blind"):
                findings = (FLAW, CVE) if step.there and step.what == "run" else ()
                kept.run(now, *findings, seen=None if step.what == "run" else looks(now, ()))


def _tamper(kept: Kept, step: Step, copies: list[Path]) -> None:
    if not kept.path.exists():
        return
    if step.what == "backup":
        copies.append(kept.backup())
    elif step.what == "restore" and copies:
        kept.restore(copies[step.choice % len(copies)])
    elif step.what == "delete":
        kept.delete()
    elif step.what == "edit":
        kept.edit(EDITS[step.choice % len(EDITS)])


@settings(max_examples=40, deadline=None)
@given(steps=steps("run", "blind", "idle"))
def test_an_untouched_history_forgets_nothing_within_ninety_days(steps: list[Step]) -> None:
    with history() as kept:
        now, known = 0, "never"
        gone: int | None = None
        kept.run(0)
        for step in steps:
            now += step.pause
            if step.there:
                seen = kept.first_seen(FLAW)
                if known != "never" and (gone is None or now - gone <= 90):
                    assert seen == known, step
                if step.what == "run":
                    gone, known = None, seen or "never"
            elif gone is None:
                gone = now
            if step.what in ("run", "blind"):
                findings = (FLAW,) if step.there and step.what == "run" else ()
                kept.run(now, *findings, seen=None if step.what == "run" else looks(now, ()))


@settings(max_examples=40, deadline=None)
@given(steps=steps("run", "run", "edit", "backup", "restore", "delete"))
def test_without_a_key_only_the_advisory_counts(steps: list[Step]) -> None:
    with history(key=None) as kept:
        now = 0
        copies: list[Path] = []
        for step in steps:
            now += step.pause
            _tamper(kept, step, copies)
            assert kept.first_seen(FLAW) is None
            seen = kept.first_seen(CVE)
            assert seen is not None
            assert seen <= "2025-06-01"
            if step.what == "run":
                kept.run(now, *((FLAW, CVE) if step.there else ()))


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = Kept(tmp_path_factory.mktemp("genuine") / "s.sqlite")
    kept.run(0)
    kept.run(1, FLAW, CVE)
    kept.run(2, CVE, package("x", cve="CVE-2026-8"))
    return kept.path


@settings(max_examples=100, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=9),
    cut=st.none() | st.integers(0, 1 << 20),
)
def test_no_damage_to_the_file_ends_a_run_or_makes_anything_younger(
    genuine: Path, flips: list[tuple[int, int]], cut: int | None
) -> None:
    damaged = bytearray(genuine.read_bytes())
    for place, bits in flips:
        damaged[place % len(damaged)] ^= bits
    data = bytes(damaged if cut is None else damaged[: cut % len(damaged)])
    with history() as kept:
        kept.path.write_bytes(data)
        standing = kept.read().standing
        if standing != "used":
            assert kept.first_seen(FLAW) is None
            assert (kept.first_seen(CVE) or "9") <= "2025-06-01"
        try:
            kept.run(3, FLAW, CVE)
        except StoreError:
            assert kept.first_seen(FLAW) is None or standing == "used"
