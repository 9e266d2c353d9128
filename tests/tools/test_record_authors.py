"""Who wrote an exception, asked of repositories that would rather not say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.config.trust import PolicyFiles
from pipeline.policy.loading.load import load
from pipeline.runner.approvals import Gathered, gather
from pipeline.stages import STAGES
from tests.support.attacked import STRICT, Repository
from tests.support.keys import except_it, key_of, trust

pytestmark = pytest.mark.tools

ALICE = "alice@example.com"
OWN = (("EX-1", ALICE),)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Alice may approve, and has signed what she wrote herself."""
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT.replace("{default: 0}", "{default: 1}"))
    key = key_of(ALICE, tmp_path)
    trust(made, ALICE, key)
    made.commit()
    except_it(made, "0" * 32, ALICE, key)
    made.commit("own", GIT_AUTHOR_EMAIL=ALICE)
    made.commit("other", GIT_AUTHOR_EMAIL="carol@example.com")
    made.commit("other", GIT_AUTHOR_EMAIL="carol@example.com")
    return made


def gathered(made: Repository, place: Path | None = None) -> Gathered:
    base = made.git("rev-parse", "HEAD")
    files = made.base(base).folder("policies")
    source = PolicyFiles(files=files, source=f"base:{base}:policies", trusted=True)
    policy = load(files, stages=tuple(STAGES), where=source.source)
    return gather(policy, source, repository=place or made.path, now=datetime.now(UTC))


def test_the_author_of_an_exception_is_known(repository: Repository) -> None:
    assert gathered(repository).authors == OWN


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-32", "UTF-7"])
def test_no_encoding_of_the_repository_hides_an_author(
    repository: Repository, encoding: str
) -> None:
    repository.git("config", "i18n.logOutputEncoding", encoding)
    assert gathered(repository).authors == OWN


def test_nor_does_the_encoding_that_a_commit_claims(repository: Repository) -> None:
    repository.git("reset", "-q", "--hard", "HEAD~2")
    said = repository.git("cat-file", "commit", "HEAD")
    head, _, message = said.partition("\n\n")
    claimed = f"{head}\nencoding UTF-16LE\n\n{message}".encode()
    claimed += b"\n" * (len(claimed) % 2)
    commit = repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=claimed)
    repository.git("reset", "-q", "--hard", commit)
    assert gathered(repository).authors == OWN


def test_a_history_that_was_cut_off_approves_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    """Its first commit would pass for the one that brought everything in."""
    shallow = tmp_path / "shallow"
    repository.git("clone", "-q", "--depth", "2", repository.path.as_uri(), str(shallow))
    (signature,) = gathered(repository, shallow).signatures
    assert (signature.state, "who wrote" in signature.detail) == ("bad", True)
