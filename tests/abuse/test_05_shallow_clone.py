"""Abuse 5: a shallow or partial clone has no base, and nothing is fetched behind one's back."""

from pathlib import Path

import pytest

from tests.support.attacked import Repository, attacked

pytestmark = pytest.mark.tools


def cloned(source: Repository, place: Path, *arguments: str) -> Repository:
    source.git("config", "uploadpack.allowFilter", "true")
    source.git("config", "uploadpack.allowAnySHA1InWant", "true")
    source.git("clone", "-q", *arguments, source.path.as_uri(), str(place))
    made = Repository.__new__(Repository)
    made.path = place
    return made


def test_a_shallow_clone_is_inconclusive_and_says_what_to_fetch(tmp_path: Path) -> None:
    source, base = attacked(tmp_path / "source")
    shallow = cloned(source, tmp_path / "shallow", "--depth", "1")
    done, bundle = shallow.run("--base", base)
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["policy"]["source"] == "wheel"
    # The base alone was fetched: it is here, and nothing proves that the change grew from it.
    shallow.git("fetch", "-q", "--depth", "1", "origin", base)
    _, bundle = shallow.run("--base", base)
    told = [one["detail"] for one in bundle.verdict["unanswered"] if one["stage"] is None]
    assert any("the clone is shallow" in one for one in told)


def test_a_partial_clone_fetches_nothing(tmp_path: Path) -> None:
    source, base = attacked(tmp_path / "source")
    partial = cloned(source, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    partial.write("README.md", "here\n")
    before = sorted((partial.path / ".git/objects").rglob("*"))
    done, bundle = partial.run("--base", base, "--only", "workflows")
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()
    assert sorted((partial.path / ".git/objects").rglob("*")) == before
