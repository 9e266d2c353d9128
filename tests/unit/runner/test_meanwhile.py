"""What changes under a run that goes on."""

import os
from pathlib import Path

import pytest

from pipeline.inventory import take
from pipeline.model.gap import Gap, GapReason
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


def added(tmp_path: Path, inventory: Inventory, **request: object) -> list[Gap]:
    asked = take.Request(root=tmp_path / "root", **request)  # type: ignore[arg-type]
    return list(meanwhile.added(inventory, asked))


def test_a_tree_to_which_nothing_comes_is_the_same(tmp_path: Path) -> None:
    assert added(tmp_path, listed(tmp_path)) == []


def test_a_file_that_comes_is_named_as_reports_would(tmp_path: Path) -> None:
    inventory, root = listed(tmp_path), tmp_path / "root"
    (root / "late").mkdir()
    (root / "late/new.py").write_text("x = 1\n")
    (root / os.fsdecode(b"late/\xff.py")).write_text("x = 1\n")
    (root / "late/link").symlink_to("/etc/passwd")
    found = {(gap.stage, gap.target, gap.reason) for gap in added(tmp_path, inventory)}
    assert found == {
        (None, name, GapReason.DIGEST_MISMATCH)
        for name in ("late/new.py", "late/\\xff.py", "late/link")
    }


def test_what_penstock_writes_or_the_configuration_leaves_out_may_come(tmp_path: Path) -> None:
    inventory, root = listed(tmp_path), tmp_path / "root"
    for name in (".penstock/run.json", "out/run.json", "build/a.py"):
        (root / name).parent.mkdir()
        (root / name).touch()
    request = {"exclude": ("build/**",), "ignore": (root / "out", root / ".penstock")}
    assert added(tmp_path, inventory, **request) == []
    assert {one.target for one in added(tmp_path, inventory)} == {
        ".penstock/run.json",
        "out/run.json",
        "build/a.py",
    }


def test_what_is_written_to_is_known_by_every_name_of_it(tmp_path: Path) -> None:
    inventory, root = listed(tmp_path), tmp_path / "root"
    (tmp_path / "link").symlink_to(root)
    (root / "out").mkdir()
    (root / "out/run.json").touch()
    assert added(tmp_path, inventory, ignore=(tmp_path / "link/out",)) == []


def test_a_tree_that_cannot_be_listed_again_is_told(tmp_path: Path) -> None:
    inventory = listed(tmp_path)
    (tmp_path / "root").rename(tmp_path / "gone")
    (gap,) = added(tmp_path, inventory)
    assert (gap.target, gap.reason) == (None, GapReason.NOT_READ)


@pytest.mark.parametrize(("elapsed", "shown"), [(5.0, 5.0), (5.0, 64.0), (100.0, 41.0)])
def test_a_clock_that_is_kept_is_believed(elapsed: float, shown: float) -> None:
    assert list(meanwhile.clock(elapsed, shown)) == []


@pytest.mark.parametrize(("shown", "told"), [(86_405.0, "+86400"), (-3595.0, "-3600")])
def test_a_clock_that_is_set_is_told(shown: float, told: str) -> None:
    (gap,) = meanwhile.clock(5.0, shown)
    assert gap.reason is GapReason.CLOCK
    assert told in gap.detail
