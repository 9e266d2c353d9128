"""Abuse 2: a pull request rewrites roles and keys, and signs its own exception."""

from pathlib import Path

import pytest

from tests.support.attacked import STRICT, Repository, attacked
from tests.support.keys import except_it, key_of, trust

pytestmark = pytest.mark.tools


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Repository, str, Path, str]:
    """A base that trusts alice, and the finding that somebody wants excepted."""
    made, _ = attacked(tmp_path / "repository")
    made.git("checkout", "-q", "-b", "work", "HEAD~1")
    made.write("policies/gate.yaml", STRICT.replace("{default: 0}", "{default: 1}"))
    trust(made, "alice@example.com", key_of("alice@example.com", tmp_path))
    base = made.commit()
    made.git("checkout", "-q", "main", "--", ".github")
    made.commit("harm", GIT_AUTHOR_EMAIL="mallory@example.com")
    done, bundle = made.run("--base", base)
    assert done.code == 1
    mallory = key_of("mallory@example.com", tmp_path)
    return made, base, mallory, bundle.findings[0]["match_key"]


def test_keys_of_the_change_approve_nothing(prepared: tuple[Repository, str, Path, str]) -> None:
    made, base, mallory, match_key = prepared
    trust(made, "mallory@example.com", mallory)
    except_it(made, match_key, "mallory@example.com", mallory)
    made.commit("own keys, own exception")
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert bundle.verdict["excepted"] == []
    assert "would stop failing" in done.err, "and the report says what the change is after"


def test_an_exception_at_the_base_counts_by_the_keys_of_the_base(
    prepared: tuple[Repository, str, Path, str],
) -> None:
    made, _, mallory, match_key = prepared
    except_it(made, match_key, "mallory@example.com", mallory)
    base = made.commit("somebody merged it", GIT_AUTHOR_EMAIL="carol@example.com")
    trust(made, "mallory@example.com", mallory)
    made.commit("own keys")
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert [one["status"] for one in bundle.verdict["exceptions"]] == ["unapproved"]


def test_the_same_exception_signed_by_who_may_lets_the_change_pass(
    prepared: tuple[Repository, str, Path, str], tmp_path: Path
) -> None:
    made, _, _, match_key = prepared
    except_it(made, match_key, "alice@example.com", tmp_path / "alice@example.com")
    base = made.commit("approved", GIT_AUTHOR_EMAIL="carol@example.com")
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["excepted"] != []) == (0, True)
