"""What appears in a repository while a run goes on, by real git."""

from pathlib import Path

import pytest

from pipeline.inventory.take import Request, take
from pipeline.runner import meanwhile
from tests.tools.test_inventory import commit, git, repository

pytestmark = pytest.mark.tools

__all__ = ["repository"]


def test_only_what_git_would_list_is_told(repository: Path, tmp_path: Path) -> None:
    lib = repository / "lib"
    lib.mkdir()
    git(lib, "init", "-q")
    (lib / "x.py").touch()
    commit(lib)
    commit(repository)
    (repository / "untracked.py").touch()
    request = Request(root=repository)
    (tmp_path / "private").mkdir()
    inventory = take(request, tree=tmp_path / "private", images=())
    assert list(meanwhile.added(inventory, request)) == []
    (repository / "ignored").mkdir()
    for name in ("late.py", "staged.py", "x.log", "ignored/a.py", "lib/y.py"):
        (repository / name).touch()
    git(repository, "add", "-f", "staged.py", "ignored/a.py")
    told = {gap.target for gap in meanwhile.added(inventory, request)}
    assert told == {"late.py", "staged.py", "ignored/a.py"}
