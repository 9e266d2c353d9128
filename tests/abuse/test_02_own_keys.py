"""Abuse 2: a pull request rewrites roles and keys, and signs its own exception."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.model.approval import EXCEPTION
from tests.support.attacked import STRICT, Repository, attacked

pytestmark = pytest.mark.tools
ROLES = """apiVersion: penstock/v1
kind: Roles
roles:
  security: {{members: [{member}], can: [edit_policy, approve_exception]}}
"""


def key_of(person: str, place: Path) -> Path:
    path = place / person
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(path)]
    subprocess.run(words, check=True)
    return path


def trust(made: Repository, person: str, key: Path) -> None:
    made.write("policies/roles.yaml", ROLES.format(member=person))
    kind, blob, *_ = key.with_suffix(".com.pub").read_text().split()
    made.write("policies/allowed_signers", f"{person} {kind} {blob}\n")


def except_it(made: Repository, match_key: str, person: str, key: Path) -> None:
    today = datetime.now(UTC).date()
    path = made.write(
        "policies/exceptions/EX-1.yaml",
        f"""apiVersion: penstock/v1
kind: Exception
id: EX-1
rules: [R-1]
target: {{match_key: {match_key}}}
owner: owner@example.com
requester: requester@example.com
ticket: SEC-1
reason: A reason that is as long as the policy wants a reason to be.
created: {today}
expires: {today + timedelta(days=10)}
""",
    )
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", EXCEPTION, str(path)]
    subprocess.run(words, check=True)
    path.with_name("EX-1.yaml.sig").rename(path.with_name(f"EX-1.yaml.{person}.sig"))


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
