"""Abuse 7: a hostile .git/config names programs; none of them ever runs."""

from pathlib import Path

import pytest

from pipeline.config.base import find
from pipeline.toolchain import git
from tests.support.attacked import Repository, attacked

pytestmark = pytest.mark.tools
PROGRAMS = (
    "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass",
    "core.alternateRefsCommand", "core.gitProxy", "credential.helper", "diff.external",
    "diff.evil.textconv", "diff.evil.command", "merge.evil.driver", "filter.evil.clean",
    "filter.evil.smudge", "filter.evil.process", "filter.a=b.clean", "filter.a=b.process",
    "gpg.program", "gpg.ssh.program", "gpg.x509.program", "gpg.ssh.defaultKeyCommand",
    "sequence.editor", "pager.status", "pager.cat-file", "uploadpack.packObjectsHook",
    "trailer.evil.command", "interactive.diffFilter", "remote.origin.uploadpack",
)  # fmt: skip
ALIASES = ("cat-file", "status", "ls-files", "ls-tree", "merge-base", "rev-parse", "config")
HOOKS = ("post-index-change", "pre-commit", "post-checkout", "reference-transaction")


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Repository, str, Path]:
    made, base = attacked(tmp_path / "repository")
    made.write(".gitattributes", "*.py filter=evil diff=evil\n*.txt filter=a=b\n")
    made.write("app.py", "x = 1\n")
    made.write("a.txt", "text\n")
    made.commit()
    ran = tmp_path / "ran"
    ran.mkdir()
    lines = ["[core]", f"\thooksPath = {tmp_path / 'hooks'}", "\tfsmonitorHookVersion = 2"]
    for number, name in enumerate(PROGRAMS):
        section, _, key = name.rpartition(".")
        top, _, rest = section.partition(".")
        program = tmp_path / f"program-{number}"
        program.write_text(f"#!/bin/sh\necho {name} >> {ran / str(number)}\ncat\n")
        program.chmod(0o755)
        lines += [f'[{top} "{rest}"]' if rest else f"[{top}]", f"\t{key} = {program}"]
    lines += ["[log]", "\tshowSignature = true", "[alias]"]
    lines += [f"\t{one} = !touch {ran / one}" for one in ALIASES]
    (tmp_path / "hooks").mkdir()
    for one in HOOKS:
        hook = tmp_path / "hooks" / one
        hook.write_text(f"#!/bin/sh\ntouch {ran / one}\n")
        hook.chmod(0o755)
    (tmp_path / "included").write_text("\n".join(lines) + "\n")
    with (made.path / ".git/config").open("a") as config:
        config.write(f"[include]\n\tpath = {tmp_path / 'included'}\n")
    # Files whose time is not the index's make git look into them, through their filters.
    made.write("app.py", "x = 2\n")
    made.write("a.txt", "test\n")
    return made, base, ran


def test_no_program_of_a_repository_s_configuration_runs(
    hostile: tuple[Repository, str, Path],
) -> None:
    made, base, ran = hostile
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert bundle.verdict["subject"]["dirty"] is True
    assert sorted(one.name for one in ran.iterdir()) == []


def test_the_trap_is_set_for_a_git_that_is_not_on_its_guard(
    hostile: tuple[Repository, str, Path],
) -> None:
    made, _, ran = hostile
    made.git("status")
    heard = "".join(one.read_text() for one in ran.iterdir())
    for name in ("core.fsmonitor", "filter.evil", "filter.a=b"):
        assert name in heard


def test_each_question_that_penstock_asks_git_is_safe(
    hostile: tuple[Repository, str, Path],
) -> None:
    made, base, ran = hostile
    found = find(base, made.path, must_be_ancestor=True)
    assert found.folder("policies")
    assert git.commit(made.path)
    assert git.index(made.path)
    assert git.changed(made.path)
    git.untracked(made.path)
    git.git(made.path, "log", "--format=%ae", "-1")
    assert not list(ran.iterdir())


def test_another_work_tree_of_the_configuration_hides_nothing(tmp_path: Path) -> None:
    made, _ = attacked(tmp_path / "repository")
    made.git("worktree", "add", "-q", str(tmp_path / "clean"))
    made.git("config", "core.worktree", str(tmp_path / "clean"))
    made.write("app.py", "x = 1\n")
    (made.path / "policies/gate.yaml").unlink()
    assert made.git("status", "--porcelain") == "", "git itself is led on"
    assert git.untracked(made.path) == ("app.py",)
    assert sorted(git.changed(made.path)) == [" D policies/gate.yaml", "?? app.py"]
    assert git.untracked(made.path / "policies") == ()
    assert [one.path for one in git.index(made.path / "policies")] == ["gate.yaml"]
