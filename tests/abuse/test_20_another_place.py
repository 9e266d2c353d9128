"""Case 20: an exception for one image, service or manifest is none for another."""

import pytest

from pipeline.enrich.run import enrich
from pipeline.model.finding import Location
from pipeline.model.knowledge import Knowledge
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


@pytest.mark.parametrize("order", [1, -1])
def test_paths_hide_no_second_place_that_was_merged_into_the_first(order: int) -> None:
    target = f"{{{NAMED}, paths: ['vendor/*']}}"
    policy = judging.with_exceptions(judging.exception(target=target))
    places = [Location("vendor/req.txt", 1, 1), Location("app/req.txt", 1, 1)]
    said = [judging.package(target="tree", location=place) for place in places[::order]]
    alone = enrich([judging.package(target="tree", location=places[0])], Knowledge())
    assert judging.verdict(policy, *alone).verdict == "PASS"
    (joined,) = enrich(said, Knowledge())
    assert joined.path == "tree"
    judged = judging.verdict(policy, joined)
    assert (judged.verdict, judged.excepted) == ("FAIL", ())


def test_two_tools_that_name_one_file_keep_the_line() -> None:
    place = Location("api/req.txt", 3, 3)
    first = judging.package(target="api/req.txt", location=place)
    second = judging.package(target="api/req.txt", stage="packages")
    (joined,) = enrich([second, first], Knowledge())
    assert (joined.location, len(joined.sources)) == (place, 2)
