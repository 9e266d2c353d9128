"""Whose advisories Trivy asks about an image's packages."""

import pytest

from pipeline.model.gap import GapReason
from pipeline.model.inventory import Image, System
from pipeline.stages.image import whose
from pipeline.stages.trivy import report

ALPINE = System(family="alpine", release="3.23.1", forms=("apk",))
DEBIAN = System(family="debian", release="12", forms=("dpkg",))


def told(
    system: System,
    *packages: report.Package,
    of: str = "",
    family: str = "",
    supplier: str = "",
) -> list[GapReason]:
    """Say why the packages were asked of others; `of` is their type where they are a language's."""
    image = Image(
        ref="oci:a",
        layout="",
        manifest_digest="",
        config_digest="",
        layers=(),
        platform="linux/amd64",
        system=system,
    )
    seen = report.System(family=family or system.family, supplier=supplier)
    kind = "lang-pkgs" if of else "os-pkgs"
    document = report.Document(
        schema_version=2,
        artifact_type="container_image",
        created_at="",
        metadata=report.Metadata(os=seen),
        results=(report.Result(target="a", class_=kind, type=of, packages=packages),),
    )
    return [reason for reason, _ in whose.others(image, document)]


def alpine(*streams: str) -> list[GapReason]:
    return told(System(family="alpine", release="3.23.1", forms=("apk",), streams=streams))


@pytest.mark.parametrize("streams", [(), ("3.23",), ("3.22", "3.23"), ("3.9", "3.23"), ("3.23.1",)])
def test_a_release_s_own_repositories_lead_nowhere(streams: tuple[str, ...]) -> None:
    assert alpine(*streams) == []


@pytest.mark.parametrize(
    "streams", [("3.22",), ("3.24", "3.23"), ("3.23", "edge"), ("3.23", "latest-stable"), ("4.0",)]
)
def test_others_lead_to_their_advisories(streams: tuple[str, ...]) -> None:
    assert alpine(*streams) == [GapReason.UNSUPPORTED]


def test_no_other_system_is_led_by_them() -> None:
    assert told(System(family="wolfi", release="1", forms=("apk",), streams=("edge",))) == []


@pytest.mark.parametrize(
    ("family", "forms", "reasons"),
    [
        ("debian", ("dpkg",), []),
        ("debian", (), []),
        ("debian", ("apk",), [GapReason.UNSUPPORTED]),
        ("debian", ("apk", "dpkg"), [GapReason.UNSUPPORTED]),
        ("alma", ("rpm",), []),
        ("alma", ("dpkg", "rpm"), [GapReason.UNSUPPORTED]),
        ("unheard", ("dpkg",), []),
        ("unheard", ("dpkg", "rpm"), [GapReason.UNSUPPORTED]),
    ],
)
def test_a_system_s_packages_are_listed_in_its_own_form(
    family: str, forms: tuple[str, ...], reasons: list[GapReason]
) -> None:
    assert told(System(family=family, release="1", forms=forms)) == reasons


def test_one_who_made_all_packages_is_told() -> None:
    assert told(DEBIAN) == []
    assert told(DEBIAN, supplier="rapidfort") == [GapReason.THIRD_PARTY]


@pytest.mark.parametrize(
    ("of", "name", "version", "sealed"),
    [
        ("", "Seal-openssl", "1", True),
        ("", "sealed", "1", False),
        ("python-pkg", "seal-jinja2", "1", True),
        ("python-pkg", "jinja2", "2.10+sp1", True),
        ("python-pkg", "jinja2", "2.10+spam", False),
        ("jar", "seal.sp1.org.a:b", "1", True),
        ("jar", "org.a:b", "9.4.48+sp1p2", True),
        ("node-pkg", "@seal-security/ejs", "1", True),
        ("node-pkg", "lodash", "1.0.0-sp1", False),
        ("gobinary", "sealsecurity.io/a", "1", True),
        ("gemspec", "seal-rack", "1", True),
        ("cargo", "seal-rack", "1", False),
    ],
)
def test_what_is_taken_for_seal_security_s_is_told(
    of: str, name: str, version: str, *, sealed: bool
) -> None:
    reasons = told(DEBIAN, report.Package(name=name, version=version), of=of)
    assert reasons == [GapReason.THIRD_PARTY] * sealed


def test_a_source_s_name_counts_too() -> None:
    assert told(DEBIAN, report.Package(name="a", src_name="seal-a")) == [GapReason.THIRD_PARTY]


def test_without_a_system_there_is_nobody_to_ask() -> None:
    image = Image(
        ref="",
        layout="",
        manifest_digest="",
        config_digest="",
        layers=(),
        platform="",
        system=DEBIAN,
    )
    document = report.Document(schema_version=2, artifact_type="container_image", created_at="")
    assert list(whose.others(image, document)) == []
