"""Git answers for the repository; neither it nor the user's settings answer for git."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.toolchain import git

pytestmark = pytest.mark.tools

ODD = (
    "line\nbreak",
    "with space",
    "-dash",
    ":(top)magic",
    "\x1b[31m",
    "st*r",
    os.fsdecode(b"\xff"),
)


def set_up(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ("git", "-c", "user.name=t", "-c", "user.email=t@t.invalid", *arguments),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/nonexistent"},
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    set_up(root, "init", "-q", "-b", "main")
    (root / "a.txt").write_text("a")
    (root / "sub").mkdir()
    (root / "sub" / "b.txt").write_text("b")
    set_up(root, "add", "-A")
    set_up(root, "commit", "-q", "-m", "one")
    return root


@pytest.fixture
def trap(tmp_path: Path) -> tuple[Path, Path]:
    """A program that must not run, and the file that says that it did."""
    sprung = tmp_path / "sprung"
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    program.chmod(0o755)
    return program, sprung


def test_the_index_is_listed_with_modes_and_blobs(repository: Path) -> None:
    found = git.index(repository)

    assert [(e.path, e.mode, e.stage) for e in found] == [
        ("a.txt", "100644", 0),
        ("sub/b.txt", "100644", 0),
    ]
    assert git.git(repository, "cat-file", "blob", found[0].blob) == b"a"


def test_a_folder_is_asked_about_itself(repository: Path) -> None:
    (repository / "c.txt").touch()
    (repository / "sub" / "d.txt").touch()

    assert [entry.path for entry in git.index(repository / "sub")] == ["b.txt"]
    assert git.untracked(repository / "sub") == ("d.txt",)


def test_odd_names_come_through(repository: Path) -> None:
    for name in ODD:
        (repository / name).touch()
    assert set(git.untracked(repository)) == set(ODD)

    set_up(repository, "add", "-A")

    assert {entry.path for entry in git.index(repository)} == {*ODD, "a.txt", "sub/b.txt"}
    assert len(git.changed(repository)) == len(ODD)


def test_head_is_named_once_there_is_one(repository: Path, tmp_path: Path) -> None:
    commit, tree = git.commit(repository), git.tree(repository)
    assert commit is not None
    assert tree is not None
    assert git.git(repository, "cat-file", "-t", commit) == b"commit\n"
    assert git.git(repository, "cat-file", "-t", tree) == b"tree\n"

    empty = tmp_path / "empty"
    empty.mkdir()
    set_up(empty, "init", "-q")
    assert (git.commit(empty), git.tree(empty), git.index(empty)) == (None, None, ())


def test_a_clean_tree_has_no_changes_and_an_edit_is_one(repository: Path) -> None:
    assert git.changed(repository) == ()

    (repository / "a.txt").write_text("other")
    (repository / "new").touch()

    assert git.changed(repository) == (" M a.txt", "?? new")


def test_no_git_repository_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match="not a git repository"):
        git.index(tmp_path)


def test_nothing_of_the_repository_is_run(repository: Path, trap: tuple[Path, Path]) -> None:
    program, sprung = trap
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    for key, value in (
        ("core.fsmonitor", str(program)),
        ("filter.evil.clean", str(program)),
        ("filter.evil.smudge", str(program)),
        ("filter.Evil.Two.process", str(program)),
        ("filter.evil.required", "true"),
        ("diff.evil.textconv", str(program)),
        ("core.pager", str(program)),
        ("core.sshCommand", str(program)),
    ):
        set_up(repository, "config", key, value)
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        link = repository / ".git" / "hooks" / hook
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(program)
    (repository / "a.txt").write_text("b")

    git.index(repository)
    git.untracked(repository)
    changed = git.changed(repository)
    git.commit(repository)

    assert changed == (" M a.txt", "?? .gitattributes")
    assert not sprung.exists()
    subprocess.run(("git", "status"), cwd=repository, check=True, capture_output=True)
    assert sprung.exists(), "the trap does not work, so that the test shows nothing"


def test_a_bare_repository_in_the_tree_is_not_believed(
    tmp_path: Path, trap: tuple[Path, Path]
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    set_up(planted, "init", "-q", "--bare")
    set_up(planted, "config", "core.fsmonitor", str(trap[0]))

    with pytest.raises(PenstockError):
        git.index(planted)


def test_the_users_own_settings_are_not_read(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "ignore").write_text("*\n")
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/.config/git/ignore\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    (repository / "new").touch()

    assert git.untracked(repository) == ("new",)
    assert len(git.index(repository)) == 2


def test_a_replaced_commit_is_not_believed(repository: Path) -> None:
    first = git.commit(repository)
    assert first is not None
    (repository / "a.txt").write_text("other")
    set_up(repository, "commit", "-q", "-a", "-m", "two")
    set_up(repository, "replace", "HEAD", first)

    parents = git.git(repository, "rev-list", "--parents", "-n1", "HEAD").decode().split()

    assert parents[1:] == [first]


def test_the_index_is_left_as_it_was(repository: Path) -> None:
    index = repository / ".git" / "index"
    before = index.stat().st_mtime_ns
    os.utime(repository / "a.txt", (1, 1))

    assert git.changed(repository) == ()
    assert index.stat().st_mtime_ns == before
