"""Where the history is, and which branch a run may speak for."""

from pathlib import Path

import pytest

from pipeline.config.keeping import keeping
from pipeline.config.settings import Flags, Keeping
from pipeline.errors import UsageError


def kept(
    target: Path, *, store: str = "", baseline: str | None = None, **environment: str
) -> Keeping:
    typed = environment.get("PENSTOCK_STORE")
    return keeping(
        Flags(target=target, baseline=baseline),
        environment,
        store=typed or store,
        home=target / "home",
        target=target,
        state=Path("/state"),
    )


def test_two_repositories_of_one_name_have_two_histories(tmp_path: Path) -> None:
    one, other = (tmp_path / name / "shop" for name in "ab")
    for folder in (one, other):
        (folder / ".git").mkdir(parents=True)
        (folder / "service").mkdir()
    assert kept(one).store != kept(other).store
    assert kept(one).store == kept(one / "service").store
    assert kept(one).store.parent == Path("/state/history")
    assert kept(one).store.name.startswith("shop-")
    assert kept(Path("/")).store.name.startswith("root-")


def test_a_place_is_relative_to_who_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert kept(tmp_path / "x", store="h/s").store == tmp_path / "x/home/h/s"
    assert kept(tmp_path / "x", PENSTOCK_STORE="h/s").store == tmp_path / "h/s"


@pytest.mark.parametrize(
    ("environment", "branch"),
    [
        ({}, None),
        ({"GITHUB_REF": "refs/heads/main"}, "main"),
        ({"GITHUB_REF": "refs/heads/release/1"}, "release/1"),
        ({"GITHUB_REF": "refs/tags/main"}, ""),
        ({"GITHUB_REF": "refs/pull/7/merge"}, ""),
        ({"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_NAME": "pull_request_target"}, ""),
        ({"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_NAME": "pull_request"}, ""),
        ({"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_NAME": "push"}, "main"),
        ({"CI_COMMIT_BRANCH": "main"}, "main"),
        ({"CI_COMMIT_BRANCH": ""}, None),
    ],
)
def test_the_branch_is_what_ci_says_and_none_in_a_pull_request(
    environment: dict[str, str], branch: str | None
) -> None:
    assert kept(Path("/x"), **environment).branch == branch


def test_a_baseline_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no evidence bundle"):
        kept(tmp_path, baseline=str(tmp_path))
    (tmp_path / "run.json").touch()
    assert kept(tmp_path, baseline=str(tmp_path)).baseline == tmp_path


def test_a_run_whose_instant_was_typed_is_known_as_one(tmp_path: Path) -> None:
    flags = Flags(target=tmp_path, as_of="2030-01-01")
    made = keeping(flags, {}, store="", home=tmp_path, target=tmp_path, state=tmp_path)
    assert made.replayed
    assert not kept(tmp_path).replayed
