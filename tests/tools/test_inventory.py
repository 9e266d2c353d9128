"""The inventory by real git, and as a user who may not read everything."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline.inventory.take import Request, take
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Inventory, Origin

pytestmark = pytest.mark.tools

_NOBODY = 65534
_PROGRAM = """\
import sys
from pathlib import Path
import msgspec
from pipeline.inventory.take import Request, take
found = take(Request(root=Path(sys.argv[1])), tree=Path(sys.argv[2]), images=())
sys.stdout.buffer.write(msgspec.json.encode(found))
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    safe = ("-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *safe, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
    )
    return done.stdout.decode("utf-8", "replace").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "app").mkdir()
    (root / "app/a.py").write_text("x = 1\n")
    (root / ".gitignore").write_text("ignored/\n*.log\n")
    return root


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Inventory]:
    def run(root: Path, *ignore: Path) -> Inventory:
        private = tmp_path / "private"
        shutil.rmtree(private, ignore_errors=True)
        private.mkdir()
        return take(Request(root=root, ignore=ignore), tree=private, images=())

    return run


Listed = Callable[..., Inventory]


def paths(inventory: Inventory) -> list[str]:
    return [file.path for file in inventory.files]


def unread(inventory: Inventory) -> dict[str, GapReason]:
    return {one.path: one.reason for one in inventory.unread}


def test_tracked_files_of_a_clean_tree(repository: Path, listed: Listed) -> None:
    commit(repository)
    found = listed(repository)
    assert paths(found) == ["\\x2egitignore", "app/a.py"]
    assert found.origin is Origin.GIT
    assert found.commit == git(repository, "rev-parse", "HEAD")
    assert found.tree == git(repository, "rev-parse", "HEAD^{tree}")
    assert found.dirty is False


def test_untracked_files_count_and_ignored_ones_do_not(repository: Path, listed: Listed) -> None:
    commit(repository)
    (repository / "new.py").write_text("")
    (repository / "ignored").mkdir()
    (repository / "ignored/x.py").write_text("")
    (repository / "x.log").write_text("")
    found = listed(repository)
    assert paths(found) == ["\\x2egitignore", "app/a.py", "new.py"]
    assert found.dirty is True


def test_a_tracked_file_counts_even_when_it_is_ignored(repository: Path, listed: Listed) -> None:
    (repository / "ignored").mkdir()
    (repository / "ignored/x.py").write_text("")
    git(repository, "add", "-f", "ignored/x.py")
    commit(repository)
    assert "ignored/x.py" in paths(listed(repository))


def test_a_changed_file_is_read_as_it_lies_there_and_makes_the_tree_dirty(
    repository: Path, listed: Listed
) -> None:
    commit(repository)
    (repository / "app/a.py").write_text("x = 22\n")
    found = listed(repository)
    assert found.dirty is True
    assert next(one.size for one in found.files if one.path == "app/a.py") == 7


@pytest.mark.parametrize(
    "told",
    [
        ("update-index", "--assume-unchanged", "app/a.py"),
        ("update-index", "--skip-worktree", "app/a.py"),
        ("config", "core.worktree", "../clean"),
    ],
)
def test_a_tree_is_dirty_also_where_git_is_told_not_to_look(
    told: tuple[str, ...], repository: Path, listed: Listed
) -> None:
    commit(repository)
    shutil.copytree(repository, repository.parent / "clean")
    git(repository, *told)
    (repository / "app/a.py").write_text("x = 22\n")
    (repository / "app/b.py").write_text("y = 1\n")
    found = listed(repository)
    assert found.dirty is True
    assert "app/b.py" in paths(found)
    (repository / "app/b.py").unlink()
    assert listed(repository).dirty is True


def test_a_link_that_is_checked_out_as_a_text_makes_the_tree_dirty(
    repository: Path, listed: Listed
) -> None:
    (repository / "b.py").symlink_to("app/a.py")
    commit(repository)
    assert listed(repository).dirty is False
    git(repository, "config", "core.symlinks", "false")
    (repository / "b.py").unlink()
    (repository / "b.py").write_text("app/a.py")
    assert listed(repository).dirty is True


def test_a_tracked_file_that_is_gone_is_a_gap(repository: Path, listed: Listed) -> None:
    commit(repository)
    (repository / "app/a.py").unlink()
    found = listed(repository)
    assert unread(found) == {"app/a.py": GapReason.NOT_READ}
    assert found.unread[0].language == "python"
    assert found.dirty is True


def test_a_repository_without_a_commit_is_listed(repository: Path, listed: Listed) -> None:
    git(repository, "add", "-A")
    found = listed(repository)
    assert paths(found) == ["\\x2egitignore", "app/a.py"]
    assert (found.origin, found.commit, found.tree, found.dirty) == (Origin.GIT, None, None, True)


def test_names_that_are_no_text_are_escaped(repository: Path, listed: Listed) -> None:
    for name in (
        b"new\nline.py",
        b"\x1b[31m.py",
        b"lat\xe9.py",
        b" lead.py",
        b"tab\t.py",
        b'q".py',
    ):
        Path(repository, os.fsdecode(name)).write_text("x = 1\n")
    commit(repository)
    assert [path for path in paths(listed(repository)) if "/" not in path] == [
        " lead.py",
        "\\x1b[31m.py",
        "\\x2egitignore",
        "lat\\xe9.py",
        "new\\x0aline.py",
        'q".py',
        "tab\\x09.py",
    ]


def test_links_and_submodules(repository: Path, tmp_path: Path, listed: Listed) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "lib.py").write_text("")
    commit(other)
    git(repository, "submodule", "add", "-q", str(other), "vendor/lib")
    (repository / "same.py").symlink_to("app/a.py")
    (repository / "out.py").symlink_to("/etc/passwd")
    (repository / "loop.py").symlink_to("loop.py")
    commit(repository)
    found = listed(repository)
    assert unread(found) == {
        "loop.py": GapReason.LINK_OUTSIDE,
        "out.py": GapReason.LINK_OUTSIDE,
        "vendor/lib": GapReason.SUBMODULE,
    }
    assert paths(found) == [".gitmodules", "\\x2egitignore", "app/a.py"]
    assert found.dirty is False


def test_a_folder_that_became_a_link_is_not_followed(
    repository: Path, tmp_path: Path, listed: Listed
) -> None:
    commit(repository)
    shutil.move(repository / "app", tmp_path / "moved")
    (repository / "app").symlink_to(tmp_path / "moved")
    found = listed(repository)
    assert unread(found)["app/a.py"] is GapReason.LINK_OUTSIDE
    assert "app/a.py" not in paths(found)


def test_a_repository_inside_is_a_gap(repository: Path, listed: Listed) -> None:
    commit(repository)
    nested = repository / "nested"
    nested.mkdir()
    git(nested, "init", "-q")
    (nested / "x.py").write_text("")
    commit(nested)
    assert unread(listed(repository)) == {"nested": GapReason.SUBMODULE}


def test_only_what_lies_below_the_root_is_listed(repository: Path, listed: Listed) -> None:
    (repository / "api").mkdir()
    (repository / "api/b.py").write_text("")
    commit(repository)
    (repository / "app/a.py").write_text("changed\n")
    found = listed(repository / "api")
    assert paths(found) == ["b.py"]
    assert found.commit is not None
    assert found.dirty is False


def test_our_own_output_is_no_part_of_it(repository: Path, listed: Listed) -> None:
    commit(repository)
    for name in (".penstock", "evidence"):
        (repository / name).mkdir()
        (repository / name / "run.json").write_text("{}")
    found = listed(repository, repository / "evidence")
    assert paths(found) == ["\\x2egitignore", "app/a.py"]
    assert found.dirty is False


def test_what_git_tracks_in_our_own_output_is_a_gap(repository: Path, listed: Listed) -> None:
    (repository / ".penstock").mkdir()
    (repository / ".penstock/x.py").write_text("eval(x)\n")
    commit(repository)
    found = listed(repository)
    assert unread(found) == {".penstock/x.py": GapReason.EXCLUDED}


def test_a_folder_that_git_ignores_as_a_whole_is_listed_from_the_file_system(
    repository: Path, listed: Listed
) -> None:
    commit(repository)
    (repository / "ignored").mkdir()
    (repository / "ignored/x.py").write_text("")
    found = listed(repository / "ignored")
    assert (found.origin, paths(found)) == (Origin.FILES, ["x.py"])


def test_without_git_the_file_system_is_listed(tmp_path: Path, listed: Listed) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    (root / "a.py").write_text("")
    found = listed(root)
    assert (found.origin, found.commit, paths(found)) == (Origin.FILES, None, ["a.py"])


def test_a_broken_repository_is_listed_from_the_file_system(
    repository: Path, listed: Listed
) -> None:
    commit(repository)
    (repository / ".git/index").write_bytes(b"DIRC junk")
    (repository / ".git/HEAD").write_text("junk\n")
    found = listed(repository)
    assert found.origin is Origin.FILES
    assert paths(found) == ["\\x2egitignore", "app/a.py"]


def test_a_filter_of_the_repository_is_never_started(
    repository: Path, tmp_path: Path, listed: Listed
) -> None:
    commit(repository)
    trace = tmp_path / "started"
    script = tmp_path / "filter.sh"
    script.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n")
    script.chmod(0o755)
    for setting in ("clean", "smudge", "process"):
        git(repository, "config", f"filter.evil.{setting}", str(script))
    git(repository, "config", "filter.evil.required", "true")
    git(repository, "config", "core.fsmonitor", str(script))
    (repository / ".git/info/attributes").write_text("*.py filter=evil\n")
    (repository / "app/a.py").write_text("y = 2\n")
    os.utime(repository / "app/a.py", (1, 1))
    found = listed(repository)
    assert found.origin is Origin.GIT
    assert found.dirty is True
    assert not trace.exists()


def test_a_filter_whose_name_holds_an_equals_sign_is_never_started_either(
    repository: Path, tmp_path: Path, listed: Listed
) -> None:
    commit(repository)
    trace = tmp_path / "started"
    script = tmp_path / "filter.sh"
    script.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n")
    script.chmod(0o755)
    with (repository / ".git/config").open("a") as stream:
        stream.write(f'[filter "a=b"]\n\tclean = {script}\n')
    (repository / ".git/info/attributes").write_text("*.py filter=a=b\n")
    os.utime(repository / "app/a.py", (1, 1))
    assert listed(repository).dirty is True
    assert not trace.exists()


def test_the_copy_knows_nothing_of_git(repository: Path, tmp_path: Path, listed: Listed) -> None:
    commit(repository)
    listed(repository)
    names = {path.name for path in (tmp_path / "private").rglob("*")}
    assert not names & {".git", ".gitignore"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("in_git", [True, False])
def test_what_may_not_be_read_is_a_gap(tmp_path: Path, *, in_git: bool) -> None:
    root = Path("/var/tmp") / f"penstock-{os.getpid()}-{in_git}"
    root.mkdir()
    try:
        found = _as_nobody(_locked_up(root / "tree", in_git=in_git), root)
    finally:
        shutil.rmtree(root)
    expected = {"secret.py": GapReason.NOT_READ}
    if in_git:
        assert unread(found) == {**expected, "closed/b.py": GapReason.NOT_READ}
    else:
        assert unread(found) == {**expected, "closed": GapReason.NOT_READ}
    assert paths(found) == ["open.py"]
    assert found.origin is (Origin.GIT if in_git else Origin.FILES)
    assert tmp_path.is_dir()


def _locked_up(tree: Path, *, in_git: bool) -> Path:
    tree.mkdir()
    (tree / "closed").mkdir()
    for name in ("open.py", "secret.py", "closed/b.py"):
        (tree / name).write_text("x = 1\n")
    if in_git:
        git(tree, "init", "-q")
        commit(tree)
    (tree / "secret.py").chmod(0)
    (tree / "closed").chmod(0)
    return tree


def _as_nobody(tree: Path, root: Path) -> Inventory:
    project = Path(__file__).parents[2]
    private = root / "private"
    private.mkdir()
    os.chown(private, _NOBODY, _NOBODY)
    tree.parent.chmod(0o755)
    done = subprocess.run(
        ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups",
         sys.executable, "-c", _PROGRAM, str(tree), str(private)],
        cwd="/",
        check=False,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(project), "HOME": "/nonexistent"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=Inventory)
