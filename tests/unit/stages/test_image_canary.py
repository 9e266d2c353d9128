"""What is planted for an image: packages that every database knows, and how releases are filed."""

import json

import pytest

from pipeline.model.inventory import System
from pipeline.stages.image import canary as image_canary


def test_the_canary_lists_the_image_s_own_packages_at_version_0() -> None:
    system = System(family="debian", release="12", packages=("libssl3",))
    document = json.loads(image_canary.sbom(system))
    (own,) = [one for one in document["components"] if one["name"] == "libssl3"]
    assert own["purl"] == "pkg:deb/debian/libssl3@0?distro=debian-12"
    assert len({one["bom-ref"] for one in document["components"]}) == len(document["components"])


def test_the_canary_of_an_image_without_system_has_libraries_alone() -> None:
    document = json.loads(image_canary.sbom(System()))
    assert {one["type"] for one in document["components"]} == {"library"}


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("debian", "12.5", "12"),
        ("ubuntu", "22.04", "22.04"),
        ("alpine", "3.19.1", "3.19"),
        ("rocky", "9.3", "9"),
    ],
)
def test_releases_are_cut_as_advisories_are_filed(name: str, version: str, expected: str) -> None:
    assert image_canary.release(name, version) == expected
