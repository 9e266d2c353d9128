"""What changes under a run that goes on."""

import os
from pathlib import Path

import pytest

from pipeline.inventory import take
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Inventory
from pipeline.runner import meanwhile


def listed(tmp_path: Path) -> Inventory:
    root, tree = tmp_path / "root", tmp_path / "tree"
    root.mkdir()
    tree.mkdir()
    (root / "app.py").write_text("x = 1\n")
    (root / os.fsdecode(b"\xff.py")).write_text("y = 1\n")
    return take.take(take.Request(root=root), tree=tree, images=())


def changed(inventory: Inventory) -> set[tuple[str | None, GapReason]]:
    return {(gap.target, gap.reason) for gap in meanwhile.target(inventory)}


def test_a_tree_that_stays_as_it_was_read_is_the_same(tmp_path: Path) -> None:
    assert changed(listed(tmp_path)) == set()


@pytest.mark.parametrize("how", ["edited", "replaced", "removed"])
def test_a_file_that_changes_is_named(tmp_path: Path, how: str) -> None:
    inventory, file = listed(tmp_path), tmp_path / "root/app.py"
    before = file.stat()
    match how:
        case "edited":
            file.write_text("x = 22\n")
        case "removed":
            file.unlink()
        case _:
            other = tmp_path / "other"
            other.write_text("x = 2\n")
            other.replace(file)
            os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert changed(inventory) == {("app.py", GapReason.DIGEST_MISMATCH)}


def test_more_files_than_anybody_reads_are_counted(tmp_path: Path) -> None:
    root, tree = tmp_path / "root", tmp_path / "tree"
    root.mkdir()
    tree.mkdir()
    for number in range(12):
        (root / f"m{number}.py").touch()
    inventory = take.take(take.Request(root=root), tree=tree, images=())
    for file in root.iterdir():
        file.write_text("x\n")
    told = list(meanwhile.target(inventory))
    assert len(told) == 11
    assert told[-1].detail == "2 more files changed while the run went on"


@pytest.mark.parametrize(("elapsed", "shown"), [(5.0, 5.0), (5.0, 64.0), (100.0, 41.0)])
def test_a_clock_that_is_kept_is_believed(elapsed: float, shown: float) -> None:
    assert list(meanwhile.clock(elapsed, shown)) == []


@pytest.mark.parametrize(("shown", "told"), [(86_405.0, "+86400"), (-3595.0, "-3600")])
def test_a_clock_that_is_set_is_told(shown: float, told: str) -> None:
    (gap,) = meanwhile.clock(5.0, shown)
    assert gap.reason is GapReason.CLOCK
    assert told in gap.detail
