"""Trivy looks among advisories that say nothing of what an image holds, and finds nothing."""

from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Layer
from examples.support.trivy_db import Advisory, Source
from tests.failopen import images
from tests.failopen.images import BAD, CLEAN, IN_ZLIB, REF, image
from tests.failopen.ways import Way, cases, check, found, gap
from tests.support.trivy import DEBIAN, LIBRARIES, SOURCES, rootfs

pytestmark = pytest.mark.tools

_SSL: Final = "CVE-2023-5363"
_ALPINE: Final = Source(
    bucket="alpine 3.23",
    id="alpine",
    name="Alpine Secdb",
    advisories={"openssl": {_SSL: Advisory(fixed="3.1.4-r0")}},
)
_UBUNTU: Final = Source(
    bucket="ubuntu 24.04", id="ubuntu", name="Ubuntu CVE Tracker", advisories=DEBIAN.advisories
)
_APK: Final = oci_image.text(
    "lib/apk/db/installed", "P:libssl3\nV:3.1.0-r0\nA:x86_64\no:openssl\n\n"
)
_BAD_ALPINE: Final = (
    oci_image.os_release("alpine", "3.23.1")
    | oci_image.text("etc/alpine-release", "3.23.1\n")
    | _APK
)
_BAD_UBUNTU: Final = (
    oci_image.os_release("ubuntu", "24.04")
    | oci_image.text("etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\n")
    | oci_image.dpkg(*LIBRARIES)
)
_SEALED: Final = Deb("libssl3", "3.0.11-1~deb12u1", source="seal-openssl")


def _more(place: Path) -> None:
    images.database(place, (*SOURCES, _ALPINE, _UBUNTU))


def _repositories(*releases: str) -> Layer:
    lines = (f"https://dl-cdn.alpinelinux.org/alpine/{one}/main\n" for one in releases)
    return oci_image.text("etc/apk/repositories", "".join(lines))


WAYS: Final = (
    Way("image", "`etc/apk/repositories` names another release of Alpine, which is asked instead",
        image(_BAD_ALPINE, _repositories("v3.99"), feed=_more), gap(REF, "unsupported"),
        quick=True),
    Way("image", "it names `edge` besides",
        image(_BAD_ALPINE, _repositories("v3.23", "edge"), feed=_more), gap(REF, "unsupported")),
    Way("image", "it names `latest-stable`",
        image(_BAD_ALPINE, _repositories("latest-stable"), feed=_more), gap(REF, "unsupported")),
    Way("image", "a file says that RapidFort made the packages, and Ubuntu is not asked",
        image(_BAD_UBUNTU, oci_image.text("usr/share/rapidfort/curated.json", ""), feed=_more),
        gap(REF, "third_party")),
    Way("image", "a package of Debian says by its source that it is Seal Security's",
        image(rootfs(_SEALED, Deb("tzdata", "1"))), gap(REF, "third_party")),
    Way("image", "a package of Python says by its version (`+sp1`) that it is Seal Security's",
        image(CLEAN | oci_image.python_package("Jinja2", "2.10+sp1")), gap(REF, "third_party")),
    Way("image", "packages of Alpine lie in an image of Debian, and are sought among Debian's",
        image(CLEAN | _APK, feed=_more), gap(REF, "unsupported")),
    Way("image", "a system with packages lies in a folder of the image",
        image(CLEAN | {f"srv/rootfs/{path}": one for path, one in BAD.items()}),
        gap(REF, "ignored_by_tool")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_other_advisories_than_the_system_s_are_told(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)


@pytest.mark.slow
def test_these_images_are_found_bad_where_nothing_leads_elsewhere(tmp_path: Path) -> None:
    """Or the tests above could not fail; a release before the image's own leads nowhere."""
    plain = _repositories("v3.22", "v3.23")
    for number, (layers, rule) in enumerate(
        (((_BAD_ALPINE, plain), _SSL), ((_BAD_UBUNTU,), IN_ZLIB))
    ):
        way = Way("image", "", image(*layers, feed=_more), finds=found(rule, REF))
        check(way, tmp_path / str(number))
