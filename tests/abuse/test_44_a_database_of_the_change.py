"""Abuse 44: a change brings another database along than the one that the base commit notes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from pipeline.feeds import kev, lockfile
from pipeline.feeds.lockfile import LOCK, Lock, Locked
from tests.support.attacked import STRICT, Repository
from tests.support.command import Bundle
from tests.support.enriching import fresh_feeds
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools

TOML: Final = 'schema = "penstock/config@1"\n[feeds]\nkev = "feeds/kev"\n'
UNTRUSTED: Final = (None, None, "policy_untrusted")


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    """A repository that keeps a feed, and whose base commit notes it."""
    repository = Repository(tmp_path / "repository")
    repository.write("policies/gate.yaml", STRICT)
    repository.write("penstock.toml", TOML)
    repository.write(".github/workflows/ci.yml", WORKFLOW)
    laid(repository, hours=5)
    return repository


def laid(repository: Repository, *, hours: int) -> None:
    """Lay a snapshot of some hours ago into the tree, and its lock beside it."""
    fresh_feeds(repository.path, datetime.now(UTC) - timedelta(hours=hours))
    found = kev.open(repository.path / "feeds/kev")
    text = lockfile.text(Lock(feeds={"kev": Locked.of(found)}))
    repository.write(f"feeds/{LOCK}", text)


def judged(repository: Repository, base: str) -> tuple[int, Bundle]:
    done, bundle = repository.run("--base", base, "--only", "workflows")
    return done.code, bundle


@pytest.mark.slow
def test_the_one_that_the_base_notes_is_believed(made: Repository) -> None:
    base = made.commit()
    made.write("README.md", "a change\n")
    made.commit()
    code, bundle = judged(made, base)
    assert UNTRUSTED not in bundle.unanswered()
    assert (code, bundle.verdict["verdict"]) == (0, "PASS")


def test_another_one_is_not_whatever_its_own_lock_says(made: Repository) -> None:
    base = made.commit()
    laid(made, hours=4)
    made.commit()
    code, bundle = judged(made, base)
    assert (code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert UNTRUSTED in bundle.unanswered()


@pytest.mark.slow
def test_one_elsewhere_that_a_link_of_the_change_leads_to_is_not(
    made: Repository, tmp_path: Path
) -> None:
    made.git("add", "penstock.toml", "policies", ".github")
    base = made.commit_index()
    made.path.joinpath("feeds").rename(tmp_path / "elsewhere")
    made.path.joinpath("feeds").symlink_to(tmp_path / "elsewhere")
    made.commit()
    code, bundle = judged(made, base)
    assert (code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert UNTRUSTED in bundle.unanswered()
