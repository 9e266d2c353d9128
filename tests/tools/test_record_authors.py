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


def gathered(made: Repository, place: Path | None = None, folder: str = "policies") -> Gathered:
    base = made.git("rev-parse", "HEAD")
    files = made.base(base).folder(folder)
    source = PolicyFiles(files=files, source=f"base:{base}:{folder}", trusted=True)
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


def test_who_moves_a_file_as_it_is_counts_as_its_author(repository: Repository) -> None:
    repository.git("mv", "policies", "rules")
    repository.commit("move", GIT_AUTHOR_EMAIL="carol@example.com")
    moved = gathered(repository, folder="rules")
    assert moved.authors == (("EX-1", "carol@example.com"),)


def test_so_does_who_renames_and_changes_it(repository: Repository) -> None:
    folder = repository.path / "policies/exceptions"
    text = (folder / "EX-1.yaml").read_text()
    signature = (folder / f"EX-1.yaml.{ALICE}.sig").read_bytes()
    repository.git("rm", "-q", "-r", "policies/exceptions")
    repository.write("policies/exceptions/EX-2.yaml", text.replace("id: EX-1", "id: EX-2"))
    repository.write(f"policies/exceptions/EX-2.yaml.{ALICE}.sig", signature)
    repository.commit("rename", GIT_AUTHOR_EMAIL="carol@example.com")
    assert ("EX-2", "carol@example.com") in gathered(repository).authors
    assert ("EX-2", ALICE) not in gathered(repository).authors


def test_moving_a_file_away_and_back_frees_no_author(repository: Repository) -> None:
    for old, new in (("policies", "aside"), ("aside", "policies")):
        repository.git("mv", old, new)
        repository.commit("move", GIT_AUTHOR_EMAIL="carol@example.com")
    assert gathered(repository).authors == (*OWN, ("EX-1", "carol@example.com"))
