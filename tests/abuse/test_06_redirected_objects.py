"""Abuse 6: replacements, grafts, alternates, a commit-graph and planted objects redirect."""

import zlib
from pathlib import Path

import pytest

from tests.support.attacked import STRICT, WEAK, Repository, attacked

pytestmark = pytest.mark.tools


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Repository, str, str]:
    """A strict base, and a weak commit on top that all of the attacks want in its place."""
    made, base = attacked(tmp_path / "repository")
    made.write("policies/gate.yaml", WEAK)
    return made, base, made.commit()


def judged_by_the_base(made: Repository, base: str) -> None:
    done, bundle = made.run("--base", base, "--base-ref", "main")
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert bundle.verdict["policy"]["name"] == "small"


def test_a_replaced_commit_tree_or_blob_changes_no_verdict(
    prepared: tuple[Repository, str, str],
) -> None:
    made, base, weak = prepared
    kinds = ("", "^{tree}", ":policies/gate.yaml")
    pairs = [[made.git("rev-parse", one + kind) for one in (base, weak)] for kind in kinds]
    for one, other in pairs:
        made.git("replace", one, other)
    assert made.git("show", f"{base}:policies/gate.yaml") == WEAK.strip(), "git itself is led on"
    judged_by_the_base(made, base)


def test_grafts_make_no_ancestor(prepared: tuple[Repository, str, str]) -> None:
    made, _, weak = prepared
    made.git("checkout", "-q", "--orphan", "other")
    stranger = made.commit("another root")
    made.git("checkout", "-q", "-f", weak)
    made.write(".git/info/grafts", f"{weak} {stranger}\n")
    assert stranger in made.git("rev-list", "HEAD"), "git itself is led on"
    done, bundle = made.run("--base", stranger)
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()


def test_objects_of_another_store_do_not_stand_in(
    prepared: tuple[Repository, str, str], tmp_path: Path
) -> None:
    made, base, _ = prepared
    blob = made.git("rev-parse", f"{base}:policies/gate.yaml")
    store = tmp_path / "store"
    planted = store / blob[:2] / blob[2:]
    planted.parent.mkdir(parents=True)
    planted.write_bytes(zlib.compress(f"blob {len(WEAK)}\0{WEAK}".encode()))
    made.write(".git/objects/info/alternates", f"{store}\n")
    judged_by_the_base(made, base)
    made.loose(blob).unlink()
    assert made.git("cat-file", "blob", blob) == WEAK.strip(), "git itself is led on"
    done, bundle = made.run("--base", base)
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["policy"]["source"] == "wheel"


def test_a_commit_graph_that_lies_about_trees_is_not_read(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    made.write("policies/gate.yaml", WEAK)
    weak = made.commit()
    made.git("commit-graph", "write", "--reachable")
    graph = made.path / ".git/objects/info/commit-graph"
    graph.chmod(0o644)
    own, other = (bytes.fromhex(made.git("rev-parse", f"{c}^{{tree}}")) for c in (base, weak))
    assert graph.read_bytes().count(own) == 1
    graph.write_bytes(graph.read_bytes().replace(own, other))
    judged_by_the_base(made, base)


def test_a_commit_graph_that_lies_about_parents_makes_no_ancestor(
    prepared: tuple[Repository, str, str],
) -> None:
    made, base, weak = prepared
    made.git("checkout", "-q", "--orphan", "other")
    stranger = made.commit("another root")
    made.git("checkout", "-q", "-f", weak)
    made.git("commit-graph", "write", "--reachable")
    graph = made.path / ".git/objects/info/commit-graph"
    graph.chmod(0o644)
    places = sorted(made.git("rev-list", "--all").split())
    row = bytes.fromhex(made.git("rev-parse", f"{weak}^^{{tree}}"))
    own, other = (row + places.index(one).to_bytes(4, "big") for one in (base, stranger))
    assert graph.read_bytes().count(own) == 1
    graph.write_bytes(graph.read_bytes().replace(own, other))
    assert made.git("merge-base", stranger, "HEAD") == stranger, "git itself is led on"
    done, bundle = made.run("--base", stranger)
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()


def test_variables_of_git_in_the_environment_do_not_reach_it(
    prepared: tuple[Repository, str, str], tmp_path: Path
) -> None:
    made, base, _ = prepared
    other = Repository(tmp_path / "other")
    other.write("policies/gate.yaml", WEAK)
    other.commit()
    done, bundle = made.run(
        *("--base", base, "--base-ref", "main"),
        GIT_DIR=str(other.path / ".git"),
        GIT_OBJECT_DIRECTORY=str(other.path / ".git/objects"),
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="core.fsmonitor",
        GIT_CONFIG_VALUE_0=f"touch {tmp_path / 'ran'}",
        GIT_CONFIG_PARAMETERS="'core.hookspath=/tmp'",
        GIT_EXTERNAL_DIFF="false",
        GIT_SSH_COMMAND="false",
        GIT_REPLACE_REF_BASE="refs/heads/",
    )
    assert (done.code, bundle.verdict["policy"]["name"]) == (1, "small")
    assert bundle.verdict["subject"]["commit"] == made.git("rev-parse", "HEAD")
    assert not (tmp_path / "ran").exists()
    assert STRICT != WEAK
