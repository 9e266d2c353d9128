"""Case 20: an exception for one image, service or manifest is none for another."""

import pytest

from tests.support import judging

NAMED = "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'"
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("artifact", "ref", "fits"),
    [
        ("ghcr.io/acme/api", "ghcr.io/acme/api:1.2", True),
        ("ghcr.io/acme/api", f"ghcr.io/acme/api@{DIGEST}", True),
        ("ghcr.io/acme/api", "ghcr.io/acme/api-admin:1.2", False),
        ("ghcr.io/acme/api", "ghcr.io/acme/web:1.2", False),
        ("ghcr.io/acme/api", "evil.example/acme/api:1.2", False),
        ("ghcr.io/acme/api", "ghcr.io:443/acme/api:1.2", False),
        ("ghcr.io/acme/api", "ghcr.io/acme/api/x:1.2", False),
        (DIGEST, f"ghcr.io/acme/api@{DIGEST}", True),
        (DIGEST, f"ghcr.io/acme/api@sha256:{'b' * 64}", False),
        (DIGEST, "ghcr.io/acme/api:1.2", False),
    ],
)
def test_an_image_is_named_by_its_repository_or_digest(
    artifact: str, ref: str, *, fits: bool
) -> None:
    target = f"{{{NAMED}, artifact: '{artifact}'}}"
    policy = judging.with_exceptions(judging.exception(target=target))
    judged = judging.verdict(policy, judging.package(stage="image", target=ref))
    assert bool(judged.excepted) is fits


def test_the_source_tree_is_no_image_and_an_image_no_source_tree() -> None:
    source = judging.package()
    image = judging.package(stage="image", target="ghcr.io/acme/api:1.2")
    tree = judging.with_exceptions(judging.exception())
    assert {one.finding for one in judging.verdict(tree, source, image).excepted} == {source.id}
    named = judging.exception(target=f"{{{NAMED}, artifact: ghcr.io/acme/api}}")
    judged = judging.verdict(judging.with_exceptions(named), source, image)
    assert {one.finding for one in judged.excepted} == {image.id}


def test_paths_keep_it_to_one_manifest() -> None:
    here, there = judging.package(target="api/req.txt"), judging.package(target="web/req.txt")
    named = judging.exception(target=f"{{{NAMED}, paths: ['api/*']}}")
    judged = judging.verdict(judging.with_exceptions(named), here, there)
    assert {one.finding for one in judged.excepted} == {here.id}
    assert {one.finding for one in judged.breaches} == {there.id}


def test_a_match_key_is_of_one_place_only() -> None:
    here, there = judging.code(target="app/db.py"), judging.code(target="app/copy.py")
    named = judging.exception(target=f"{{match_key: {here.match_key}}}")
    judged = judging.verdict(judging.with_exceptions(named), here, there)
    assert {one.finding for one in judged.excepted} == {here.id}
