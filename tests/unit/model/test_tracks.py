"""What a finding is found again by, and what it is not."""

from collections import Counter

from pipeline.enrich.run import enrich
from pipeline.model import tracks
from pipeline.model.finding import Finding, Kind
from pipeline.model.identity import new, numbered
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import Severity


def package(
    *ids: str, version: str = "2.10", stage: str = "pip-audit", target: str = "r.txt"
) -> Finding:
    return new(
        kind=Kind.SCA,
        stage=stage,
        rule=ids[0],
        aliases=tuple(sorted(ids)),
        target=target,
        purl=f"pkg:pypi/jinja2@{version}",
        title="t",
        message="m",
        severity=Severity.HIGH,
    )


def infra(*, text: str, address: str = "", target: str = "main.tf") -> Finding:
    return new(
        kind=Kind.IAC, stage="config", rule="AWS-1", target=target, fingerprint=text,
        track_ids=tracks.of_place(Kind.IAC, "AWS-1", target, text, address),
        title="t", message="m", severity=Severity.HIGH,
    )  # fmt: skip


def shared(one: Finding, other: Finding) -> set[str]:
    return {tracks.algorithm(name) for name in {*one.track_ids} & {*other.track_ids}}


def test_an_alias_that_is_assigned_later_orphans_nothing() -> None:
    (before,) = enrich([package("GHSA-aaaa-bbbb-cccc")], Knowledge())
    (after,) = enrich([package("CVE-2026-1", "GHSA-aaaa-bbbb-cccc")], Knowledge())
    assert before.id != after.id
    assert shared(before, after) == {"exact/1"}


def test_a_bump_that_stays_vulnerable_keeps_its_track_and_another_manifest_does_not() -> None:
    old = package("CVE-2026-1")
    assert shared(old, package("CVE-2026-1", version="2.11"))
    assert not shared(old, package("CVE-2026-1", target="other.txt"))
    assert not shared(old, package("CVE-2026-2"))


def test_an_image_is_followed_over_its_builds_by_its_repository() -> None:
    old = package("CVE-2026-1", stage="image", target="ghcr.io/acme/api:1@sha256:" + "a" * 64)
    new_build = package("CVE-2026-1", stage="image", target="ghcr.io/acme/api:2@sha256:" + "b" * 64)
    other = package("CVE-2026-1", stage="image", target="ghcr.io/acme/web:1")
    assert shared(old, new_build)
    assert not shared(old, other)


def test_a_resource_is_followed_over_edits_and_its_text_over_renames() -> None:
    old = infra(text="a", address="aws_s3_bucket.logs")
    assert shared(old, infra(text="b", address="aws_s3_bucket.logs")) == {"address/1"}
    assert shared(old, infra(text="a", address="aws_s3_bucket.audit")) == {"exact/1"}
    assert not shared(old, infra(text="b", address="aws_s3_bucket.audit"))
    assert not shared(old, infra(text="a", address="aws_s3_bucket.logs", target="other.tf"))
    assert old.match_key != infra(text="b", address="aws_s3_bucket.logs").match_key


def test_an_address_and_a_text_that_read_alike_are_two_names() -> None:
    assert len(set(infra(text="a", address="a").track_ids)) == 2


def test_a_secret_is_followed_by_itself_wherever_it_is_moved() -> None:
    assert tracks.of_secret("github-pat", "hmac:1") == tracks.of_secret("github-pat", "hmac:1")
    assert tracks.of_secret("github-pat", "hmac:1") != tracks.of_secret("github-pat", "hmac:2")
    assert tracks.of_secret("github-pat", "hmac:1") != tracks.of_secret("aws-key", "hmac:1")


def test_equal_texts_of_a_file_are_told_apart_by_their_order() -> None:
    counts: Counter[tuple[str, ...]] = Counter()
    first, second = (numbered(counts, "a.py", "rule", "eval(x)") for _ in range(2))
    assert first != second
    assert numbered(counts, "b.py", "rule", "eval(x)") == first
