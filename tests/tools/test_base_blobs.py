"""What may be read from a base commit, and what makes the base unusable."""

import zlib
from pathlib import Path

import pytest

from pipeline.config.base import BaseError, find
from pipeline.errors import PenstockError
from pipeline.toolchain import objects
from pipeline.toolchain.git import git
from tests.support.attacked import STRICT, WEAK, Repository, attacked

pytestmark = pytest.mark.tools


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT)
    return made


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_folder_is_read_whole_in_both_kinds_of_repository(tmp_path: Path, form: str) -> None:
    made = Repository(tmp_path / form, form=form)
    made.write("policies/gate.yaml", STRICT)
    made.write("policies/exceptions/A.yaml", "a")
    made.write("policies/tests/deep/er/b_test.yaml", b"\0\xff")
    made.write("policies.txt", "beside")
    base = find(made.commit(), made.path, must_be_ancestor=True)
    assert base.holds_policy("policies")
    assert base.folder("policies") == {
        "gate.yaml": STRICT.encode(),
        "exceptions/A.yaml": b"a",
        "tests/deep/er/b_test.yaml": b"\0\xff",
    }
    assert base.folder("nowhere") == {}
    assert base.read("policies.txt") == b"beside"


def test_files_at_the_top_make_a_folder_too(repository: Repository) -> None:
    repository.write("gate.yaml", STRICT)
    base = repository.base(repository.commit())
    assert base.holds_policy(".")
    assert set(base.folder(".")) == {"gate.yaml", "policies/gate.yaml"}


@pytest.mark.parametrize(
    ("name", "mode", "data", "told"),
    [
        ("policies/gate.yaml", "100755", STRICT, "is a program"),
        ("policies/gate.yaml", "120000", "../gate.yaml", "is a link"),
        ("policies/roles.yaml", "120000", "gate.yaml", "is a link"),
        ("policies/exceptions/A.yaml", "120000", "../x", "is a link"),
        ("policies/gate.yaml", "100644", "version https://git-lfs.github.com/spec/v1\n", "LFS"),
        ("policies/gate.yaml", "100644", "x" * ((1 << 20) + 1), "larger than"),
        ("policies/Gate.yaml", "100644", STRICT, "ignores case"),
        ("policies/GATE.YAML", "100644", STRICT, "ignores case"),
        ("Policies/gate.yaml", "100644", WEAK, "ignores case"),
        ("policies/exceptions/A.yaml", "100644", "a", ""),
        ("policies/Exceptions/A.yaml", "100644", "a", "ignores case"),
        ("policies/ro\u017fles.yaml", "100644", "a", ""),
        ("policies/revoked_\u212aeys", "100644", "a", "ignores case"),
    ],
)
def test_what_is_no_plain_file_of_a_plain_name_is_refused(
    repository: Repository, name: str, mode: str, data: str, told: str
) -> None:
    repository.commit()
    repository.stage(name, data, mode)
    base = repository.base(repository.commit_index())

    def read() -> object:
        return base.holds_policy("policies") and base.folder("policies")

    if not told:
        assert read()
        return
    with pytest.raises(BaseError, match=told):
        read()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exceptions/EX-1.yaml", "exceptions/ex-1.yaml"),
        ("exceptions/caf\u00e9.yaml", "exceptions/cafe\u0301.yaml"),
        ("tests/a/x", "tests/A/x"),
        ("stra\u00dfe.yaml", "STRASSE.yaml"),
    ],
)
def test_two_names_that_one_disk_takes_for_one_are_refused(
    repository: Repository, one: str, other: str
) -> None:
    for name in (one, other):
        repository.stage(f"policies/{name}", "x")
    repository.stage("policies/gate.yaml", STRICT)
    with pytest.raises(BaseError, match="are one file on a disk"):
        repository.base(repository.commit_index()).folder("policies")


def test_a_submodule_is_no_policy(repository: Repository) -> None:
    commit = repository.commit()
    repository.git("update-index", "--force-remove", "policies/gate.yaml")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},policies")
    with pytest.raises(BaseError, match="is no folder"):
        repository.base(repository.commit_index()).holds_policy("policies")


def test_a_folder_of_that_name_without_a_policy_is_none(repository: Repository) -> None:
    repository.stage("Policies/readme.md", "of another kind")
    repository.stage("policies/gate.yaml", STRICT)
    assert repository.base(repository.commit_index()).holds_policy("policies")
    repository.git("update-index", "--force-remove", "policies/gate.yaml")
    assert not repository.base(repository.commit_index()).holds_policy("policies")


def test_the_configuration_of_the_base_is_a_plain_file_too(repository: Repository) -> None:
    repository.stage("penstock.toml", "x", "120000")
    base = repository.base(repository.commit_index())
    with pytest.raises(BaseError, match="is a link"):
        base.read("penstock.toml")
    repository.git("update-index", "--force-remove", "penstock.toml")
    repository.stage("Penstock.toml", "x")
    with pytest.raises(BaseError, match="ignores case"):
        repository.base(repository.commit_index()).read("penstock.toml")


def test_an_object_with_other_bytes_than_its_id_is_not_believed(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    blob = made.git("rev-parse", f"{base}:policies/gate.yaml")
    planted = f"blob {len(WEAK)}\0{WEAK}".encode()
    made.loose(blob).chmod(0o644)
    made.loose(blob).write_bytes(zlib.compress(planted))
    assert made.git("cat-file", "blob", blob) == WEAK.strip(), "git itself does not look"
    with pytest.raises(BaseError, match="do not belong to that id"):
        made.base(base).folder("policies")


def test_a_planted_commit_or_tree_is_not_believed(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    tree = made.git("rev-parse", f"{base}^{{tree}}")
    other = made.git("rev-parse", "HEAD^{tree}")
    whole = made.base(base)
    for victim, source in ((tree, other), (base, made.git("rev-parse", "HEAD"))):
        made.loose(victim).chmod(0o644)
        made.loose(victim).write_bytes(made.loose(source).read_bytes())
    with pytest.raises(BaseError, match="do not belong"):
        whole.folder("policies")
    with pytest.raises(BaseError, match="do not belong"):
        find(base, made.path, must_be_ancestor=False)


def test_a_tag_or_a_tree_is_no_base(repository: Repository) -> None:
    repository.commit()
    repository.git("tag", "-a", "v1", "-m", "one")
    for name in ("v1", "HEAD^{tree}", "HEAD:policies/gate.yaml"):
        with pytest.raises(BaseError, match="not a commit"):
            find(repository.git("rev-parse", name), repository.path, must_be_ancestor=False)


def test_five_thousand_exceptions_take_two_processes_and_little_time(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = repository.path / "policies/exceptions"
    folder.mkdir()
    for number in range(5000):
        (folder / f"EX-{number}.yaml").write_text(f"id: EX-{number}\n")
    base = repository.base(repository.commit())
    asked = []

    def counted(root: Path, *arguments: str, stdin: bytes = b"", limit: int = 0) -> bytes:
        asked.append(arguments)
        return git(root, *arguments, stdin=stdin, limit=limit)

    monkeypatch.setattr("pipeline.toolchain.objects.git", counted)
    assert len(base.folder("policies")) == 5001
    assert len(asked) == 5, "the root, the folder, its folder, the sizes and the files"


def test_too_much_is_refused_before_it_is_read(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        repository.write(f"policies/{number}.yaml", "x" * 1000 + str(number))
    base = repository.base(repository.commit())
    monkeypatch.setattr("pipeline.config.tree.MAX_TOTAL", 3000)
    with pytest.raises(BaseError, match="bytes together"):
        base.folder("policies")
    monkeypatch.setattr("pipeline.config.tree.MAX_FILES", 3)
    with pytest.raises(BaseError, match="more than 3 files"):
        base.folder("policies")


def test_a_damaged_tree_is_an_error_and_no_crash() -> None:
    for data in (b"100644 a\0short", b"junk", b"100644a\0" + b"x" * 20, b" \0" + b"x" * 20):
        with pytest.raises(PenstockError, match="is damaged"):
            list(objects.entries("a" * 40, objects.Object("tree", data)))
    with pytest.raises(PenstockError, match="where a tree was due"):
        list(objects.entries("a" * 40, objects.Object("blob", b"")))


def test_worktrees_and_submodules_have_bases_of_their_own(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    made.git("worktree", "add", "-q", str(tmp_path / "tree"), "HEAD")
    assert (tmp_path / "tree/.git").is_file()
    assert find(base, tmp_path / "tree", must_be_ancestor=True).holds_policy("policies")
    outer = Repository(tmp_path / "outer")
    outer.write("a.txt", "a")
    above = outer.commit()
    allowed = ("-c", "protocol.file.allow=always")
    outer.git(*allowed, "submodule", "add", "-q", str(made.path), "part")
    assert find(base, outer.path / "part", must_be_ancestor=True).holds_policy("policies")
    with pytest.raises(BaseError, match="not in this clone"):
        find(above, outer.path / "part", must_be_ancestor=False)
