"""Globs are written in the configuration's folder, and hold in a target below it."""

from pathlib import Path

from pipeline.inventory.take import Request, take
from pipeline.model.inventory import Inventory


def listed(
    tmp_path: Path, *, exclude: tuple[str, ...] = (), requirements: tuple[str, ...] | None = None
) -> Inventory:
    root = tmp_path / "repository" / "api"
    root.mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "docs" / "x.py").write_text("x = 1\n")
    (root / "main.py").write_text("y = 1\n")
    (root / "requirements.txt").write_text("idna==3.20\n")
    (root / "other.txt").write_text("idna==3.4\n")
    tree = tmp_path / "tree"
    request = Request(root=root, below="api/", exclude=exclude, requirements=requirements)
    return take(request, tree=tree, images=())


def test_an_exclusion_names_the_glob_as_written(tmp_path: Path) -> None:
    found = listed(tmp_path, exclude=("api/docs/**",))
    assert [(one.path, one.by) for one in found.excluded] == [("docs/x.py", "api/docs/**")]


def test_a_glob_of_another_folder_excludes_nothing_here(tmp_path: Path) -> None:
    assert listed(tmp_path, exclude=("docs/**",)).excluded == ()


def test_requirements_are_found_from_there_and_a_missing_one_is_still_asked(
    tmp_path: Path,
) -> None:
    found = listed(tmp_path, requirements=("api/other.txt", "api/gone.txt"))
    assert {pin.manifest for pin in found.pins} == {"other.txt", "gone.txt"}
    assert [one.path for one in found.excluded] == ["requirements.txt"]
