"""What can be said of an image is gathered from its bundle, and from nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.bundle.read import BundleError, Stored, read
from pipeline.errors import PenstockError, UsageError
from pipeline.model.artifact import sha256_file
from pipeline.model.verdict import Decision, PolicySource, Subject
from pipeline.oci.registry.reference import RegistryReference
from pipeline.release.evidence import (
    Judge,
    by_environment,
    evidence,
    of_platform,
    recomputed,
    scanned,
)
from pipeline.release.image import Image
from pipeline.runner.again import stored_policy
from tests.support import bundles
from tests.support.judging import case, gate, policy
from tests.support.releasing import COMMIT, VERIFIER, bom, bundle, stages

ONE, TWO, INDEX = (f"sha256:{number * 64}" for number in "123")
PLACE = RegistryReference.parse("r.example/acme/app")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
JUDGE = Judge(verifier=VERIFIER, repository="https://github.com/acme/app")
WORKFLOW = {
    "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/release.yml@refs/heads/main",
    "GITHUB_REPOSITORY": "acme/app",
}


def image(digest: str = ONE, *platforms: str) -> Image:
    return Image(place=PLACE, digest=digest, platforms=platforms)


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return read(bundle(tmp_path / "b", ONE, now=NOW))


def test_on_github_the_workflow_judges_and_its_repository_holds_the_policy() -> None:
    judge = by_environment(WORKFLOW, None)
    assert judge == JUDGE
    assert "@" not in judge.verifier, "the branch is told by the certificate"


def test_a_server_of_ones_own_is_named() -> None:
    judge = by_environment({**WORKFLOW, "GITHUB_SERVER_URL": "https://git.example"}, None)
    assert judge.verifier == "https://git.example/acme/app/.github/workflows/release.yml"
    assert judge.repository == "https://git.example/acme/app"


def test_what_is_told_counts_more_than_the_surroundings() -> None:
    assert by_environment(WORKFLOW, "https://a.example/gate").verifier == "https://a.example/gate"


@pytest.mark.parametrize("told", [None, "", "gate", "a b://c", "https://a\n"])
def test_a_judge_has_to_be_named_by_a_uri(told: str | None) -> None:
    with pytest.raises(UsageError, match=r"no URI|nobody said") as caught:
        by_environment({}, told)
    assert "--verifier" in caught.value.hint


def test_what_was_judged_was_scanned(stored: Stored) -> None:
    scanned(stored, image())
    with pytest.raises(PenstockError, match=f"the bundle speaks of {ONE}"):
        scanned(stored, image(TWO))


def test_of_an_index_every_platform_was_scanned_and_its_own_digest_need_not(
    tmp_path: Path,
) -> None:
    both = read(bundle(tmp_path / "b", ONE, TWO, now=NOW))
    scanned(both, image(INDEX, ONE, TWO))
    half = read(bundle(tmp_path / "c", ONE, now=NOW))
    with pytest.raises(PenstockError, match=f"holds {TWO}, which was not judged"):
        scanned(half, image(INDEX, ONE, TWO))
    with pytest.raises(PenstockError, match="was not judged"):
        scanned(read(bundle(tmp_path / "d", INDEX, now=NOW)), image(INDEX, ONE))


def test_a_verdict_has_to_be_given_again(stored: Stored) -> None:
    recomputed(stored, stored_policy(stored))
    nicer = msgspec.structs.replace(stored.verdict, verdict=Decision.WARN)
    with pytest.raises(BundleError, match="the bundle says WARN, and its own evidence gives PASS"):
        recomputed(msgspec.structs.replace(stored, verdict=nicer), stored_policy(stored))


def test_it_speaks_of_the_image_by_every_digest_and_of_the_commit(tmp_path: Path) -> None:
    both = read(bundle(tmp_path / "b", ONE, TWO, now=NOW))
    said = evidence(both, image(INDEX, ONE, TWO), JUDGE)
    assert [dict(one.digest) for one in said.subjects] == [
        {"sha256": "3" * 64}, {"sha256": "1" * 64}, {"sha256": "2" * 64}, {"gitCommit": COMMIT},
    ]  # fmt: skip
    assert {one.name for one in said.subjects} == {"r.example/acme/app", "git"}
    assert said.resource == f"r.example/acme/app@{INDEX}"
    assert set(said.images.values()) == {INDEX}, "what is found in a platform is found in the index"
    assert said.bundle == sha256_file(both.path / "run.json")
    assert (said.started, said.finished) == ("2026-11-25T12:00:00Z", "2026-11-25T12:00:04Z")


def test_of_one_platform_it_speaks_of_that_alone(tmp_path: Path) -> None:
    both = read(bundle(tmp_path / "b", ONE, TWO, now=NOW))
    whole = evidence(both, image(INDEX, ONE, TWO), JUDGE)
    said = of_platform(whole, image(INDEX, ONE, TWO), TWO)
    assert [dict(one.digest) for one in said.subjects] == [{"sha256": "2" * 64}]
    assert said.image == TWO


def test_other_images_of_the_same_run_keep_their_own_digests(tmp_path: Path) -> None:
    both = read(bundle(tmp_path / "b", ONE, TWO, now=NOW))
    said = evidence(both, image(ONE), JUDGE)
    assert said.images == {f"registry/app@{ONE}": ONE, f"registry/app@{TWO}": TWO}
    digests = [dict(one.digest) for one in said.subjects]
    assert digests == [{"sha256": "1" * 64}, {"gitCommit": COMMIT}]


def test_without_a_commit_it_speaks_of_the_image_alone(tmp_path: Path) -> None:
    nothing = Subject(commit=None, tree=None, dirty=None, images=(ONE,))
    said = evidence(read(bundle(tmp_path / "b", ONE, subject=nothing, now=NOW)), image(), JUDGE)
    assert [one.name for one in said.subjects] == ["r.example/acme/app"]


@pytest.mark.parametrize(
    ("source", "repository", "uri"),
    [
        (f"base:{COMMIT}:policies", "https://h.example/a", f"git+https://h.example/a@{COMMIT}#policies"),
        (f"base:{COMMIT}:a:b", "https://h.example/a", f"git+https://h.example/a@{COMMIT}#a:b"),
        (f"base:{COMMIT}:policies", "", f"git:{COMMIT}#policies"),
        ("wheel", "https://h.example/a", "https://penstock.example/policy/test"),
        ("base:", "https://h.example/a", "https://penstock.example/policy/test"),
    ],
)  # fmt: skip
def test_where_the_policy_can_be_read(
    tmp_path: Path, source: str, repository: str, uri: str
) -> None:
    where = PolicySource(name="test", digest=policy().digest, source=source, trusted=True)
    stored = read(bundle(tmp_path / "b", ONE, source=where, now=NOW))
    judge = Judge(verifier=VERIFIER, repository=repository)
    assert evidence(stored, image(), judge).policy_uri == uri


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"{" * 9_999, b'{"metadata": {"component": {"version": "x"}}}', b"\xff"],
)
def test_a_bill_of_materials_that_cannot_be_read_is_not_passed_over(
    tmp_path: Path, text: bytes
) -> None:
    made = case(policy(), stages=stages(), now=NOW, subject=Subject(
        commit=COMMIT, tree="d" * 40, dirty=False, images=(ONE,)))  # fmt: skip
    folder = bundles.write(tmp_path / "b", made, {"gate.yaml": gate()}, sbom={"image.json": text})
    with pytest.raises(BundleError, match=r"sbom/image\.json cannot be read"):
        evidence(read(folder), image(), JUDGE)


def test_a_bill_of_materials_of_something_else_is_none_of_an_image(tmp_path: Path) -> None:
    made = case(policy(), stages=stages(), now=NOW, subject=Subject(
        commit=COMMIT, tree="d" * 40, dirty=False, images=(ONE,)))  # fmt: skip
    boms = {
        "a.json": json.dumps(bom("source", TWO)).encode(),
        "b.json": json.dumps(bom("app", ONE)).encode(),
        "c.json": b'{"metadata": {"component": {"type": "application", "name": "no version"}}}',
    }
    folder = bundles.write(tmp_path / "b", made, {"gate.yaml": gate()}, sbom=boms)
    said = evidence(read(folder), image(), JUDGE)
    assert (set(said.boms), said.images) == ({ONE}, {"app": ONE})


@pytest.mark.parametrize(
    "fields", [{"started": "yesterday"}, {"started": "9999-12-31T23:59:59Z", "seconds": 1e12}]
)
def test_a_run_at_no_time_is_none(stored: Stored, fields: Any) -> None:
    odd = msgspec.structs.replace(stored, run=msgspec.structs.replace(stored.run, **fields))
    with pytest.raises(BundleError, match="says that it started at"):
        evidence(odd, image(), JUDGE)
