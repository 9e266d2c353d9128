from pathlib import Path

import pytest

from pipeline.inventory.links import Answered, Twin, follow
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Unread
from tests.unit.inventory.conftest import Lay

_FILES = {
    "app/a.py": "x = 1\n",
    "data/a.txt": "eval(x)\n",
    "data/b.txt": "",
    "hidden/x.py": "",
}
_LISTED = frozenset({"app/a.py", "data/a.txt", "data/b.txt"})
_FOLDERS = frozenset({"app", "data"})


@pytest.fixture
def root(lay: Lay) -> Path:
    return lay(_FILES).resolve()


def link(root: Path, name: str, target: str) -> Answered | Twin | Unread:
    (root / name).symlink_to(target)
    return follow(root, name, _LISTED, _FOLDERS)


def test_a_link_to_a_listed_file_is_answered_by_that_file(root: Path) -> None:
    assert link(root, "b.py", "app/a.py") == Answered(by="app/a.py")


def test_a_chain_of_links_ends_at_the_file(root: Path) -> None:
    (root / "one.py").symlink_to("app/a.py")
    assert link(root, "two.py", "one.py") == Answered(by="app/a.py")


def test_a_link_to_a_listed_folder_is_answered_by_its_files(root: Path) -> None:
    assert link(root, "app2", "app") == Answered(by=None)


def test_a_link_that_makes_code_of_a_text_file_is_looked_at_under_its_own_name(
    root: Path,
) -> None:
    assert link(root, "b.py", "data/a.txt") == Twin(source="data/a.txt")


def test_a_link_that_makes_a_manifest_of_a_text_file_is_one_too(root: Path) -> None:
    assert link(root, "requirements.txt", "data/a.txt") == Twin(source="data/a.txt")


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "..", "../outside.py", "missing.py", "hidden/x.py", "hidden", "b.py"]
)
def test_every_other_link_is_a_gap(root: Path, target: str) -> None:
    (root.parent / "outside.py").touch()
    found = link(root, "b.py", target)
    assert isinstance(found, Unread)
    assert (found.reason, found.language) == (GapReason.LINK_OUTSIDE, "python")
    assert found.detail
