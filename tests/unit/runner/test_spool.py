"""Findings come back in the order of their ids, all of them, however few are held."""

from pathlib import Path

import msgspec
import pytest

from pipeline.errors import PenstockError, UsageError
from pipeline.model.finding import Finding
from pipeline.runner.gathered import Gathered
from pipeline.runner.spool import Spool
from tests.support.judging import code, package


def some(count: int) -> list[Finding]:
    return [code(target=f"a{number}.py") for number in range(count)]


@pytest.mark.parametrize("held", [1, 3000, 1 << 20])
def test_what_was_taken_comes_back_in_order(tmp_path: Path, held: int) -> None:
    spool = Spool(tmp_path, held=held)
    found = some(50)
    for one in found:
        spool.add(one)
    back = [msgspec.json.decode(line, type=Finding) for line in spool.sorted()]
    spool.close()
    assert back == sorted(found, key=lambda one: one.id)
    assert not list(tmp_path.iterdir())


def test_few_stay_in_memory_and_many_do_not(tmp_path: Path) -> None:
    gathered = Gathered(tmp_path, few=5)
    for one in some(5):
        gathered.add(one)
    assert len(gathered.findings) == 5
    gathered.add(code(target="b.py"))
    assert gathered.spool is not None
    assert not gathered.findings
    assert len(list(gathered.spool.sorted())) == 6
    gathered.close()


def test_advisories_stay_together_and_are_not_joined_with_what_is_on_the_disk(
    tmp_path: Path,
) -> None:
    gathered = Gathered(tmp_path, few=2)
    for number in range(4):
        gathered.add(package(target=f"req{number}.txt"))
    assert len(gathered.findings) == 4
    other = Gathered(tmp_path, few=2)
    for one in some(4):
        other.add(one)
    with pytest.raises(UsageError):
        other.add(package())


def test_a_place_that_takes_nothing_is_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "gone", held=1)
    with pytest.raises(PenstockError, match="gone"):
        spool.add(code())
    spool.close()
