"""Trivy ends with 0 over images of which it looked at nothing, or at something else."""

import subprocess
import tarfile
from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry
from tests.failopen import images
from tests.failopen.images import (
    BAD,
    CLEAN,
    IN_JINJA,
    IN_ZLIB,
    JINJA,
    METADATA,
    REF,
    image,
    judged,
    linked,
    raw,
    without,
)
from tests.failopen.ways import Laid, Way, cases, check, found, gap
from tests.support.command import penstock
from tests.support.layers import entries, entry
from tests.support.trivy import SOURCES, TOKEN, real, rootfs

pytestmark = pytest.mark.tools

_STATUS: Final = oci_image.DPKG_STATUS
_TOKEN: Final = f"token = {TOKEN}\n"
_FOLDER: Final = METADATA.rpartition("/")[0]
_THEIRS: Final = Deb(
    "zlib1g", "1:1.2.13.dfsg-1", source="zlib", maintainer="D <support@docker.com>"
)
_GONE: Final = {"var/lib/.wh.dpkg": Entry(b"")}
_NEITHER: Final = frozenset({(REF, "unsupported"), (REF, "no_packages")})
_QUIET: Final = "severity: [LOW]\nscan: {scanners: [secret], skip-dirs: ['**']}\n"


def _secret(path: str) -> Way:
    layer = CLEAN | oci_image.text(path, _TOKEN)
    what = f"a secret lies in `{path}` within the image"
    return Way("image", what, image(layer), finds=found("github-pat", REF))


def _poisoned(place: Path) -> Laid:
    """Scan a swapped layer first with the cache on disk that the run is then given."""
    laid = image(BAD)(place)
    images.swapped_layer(place / "tampered")
    words = ("--cache-backend", "fs", "--skip-db-update", "--scanners", "vuln", "--quiet")
    argv = (real().path, "image", "--input", place / "tampered", "--cache-dir", "db", *words)
    quiet = ("--skip-version-check", "--disable-telemetry", "--output", place / "report")
    subprocess.run([*argv, *quiet], cwd=laid.folder, check=True, capture_output=True)
    assert (laid.folder / "db/fanal").is_dir()
    return laid


def _steered(place: Path) -> Laid:
    """Put every file and variable in its way by which Trivy is told what not to say."""
    laid = image(BAD | oci_image.text("trivy.yaml", _QUIET))(place)
    for name, text in {
        "trivy.yaml": _QUIET,
        ".trivyignore": f"{IN_ZLIB}\n",
        ".trivyignore.yaml": f"vulnerabilities: [{{id: {IN_ZLIB}}}]\n",
        "trivy-secret.yaml": "disable-rules: [github-pat]\n",
    }.items():
        (laid.folder / name).write_text(text)
    return laid._replace(
        environment={
            "TRIVY_SEVERITY": "LOW",
            "TRIVY_SCANNERS": "secret",
            "TRIVY_SERVER": "http://127.0.0.1:9",
            "TRIVY_IGNOREFILE": str(laid.folder / ".trivyignore"),
            "TRIVY_CONFIG": str(laid.folder / "trivy.yaml"),
        }
    )


WAYS: Final = (
    Way("image", "nothing in the image says which operating system it is",
        image(without(without(BAD, "release"), "debian_version")), _NEITHER, quick=True),
    Way("image", "the image holds one plain file: no result, no warning",
        image(oci_image.text("app", "hello\n")), _NEITHER),
    Way("image", "the package database is deleted", image(without(BAD, "dpkg")),
        gap(REF, "no_packages")),
    Way("image", "an upper layer deletes the package database: a warning", image(BAD, _GONE),
        gap(REF, "no_packages")),
    Way("image", "an SBOM in the image lists clean packages in place of the deleted database",
        image(BAD, _GONE | images.sbom()), gap(REF, "no_packages"), quick=True),
    Way("image", "an SBOM in the image says which system it is, and nothing else does",
        image(images.sbom()), _NEITHER),
    Way("image", "the database has nothing on the image's release",
        image(rootfs(release="99")), gap(REF, "unsupported")),
    Way("image", "an upper layer rewrites os-release to a release without advisories",
        image(BAD, oci_image.os_release("debian", "99")), gap(REF, "unsupported")),
    Way("image", "the release is past its end of life",
        image(rootfs(release="9"), feed=images.ended), gap(REF, "unsupported"),
        found(IN_ZLIB, REF)),
    Way("image", "a package's version cannot be parsed: the package is left out",
        image(rootfs(Deb("tzdata", "1"), Deb("odd", "not a version!"))), gap(REF, "not_listed")),
    Way("image", "a package's maintainer is on Trivy's list of third parties",
        image(rootfs(_THEIRS, Deb("tzdata", "1"))), gap(REF, "third_party")),
    Way("image", "of several manifests the first is scanned, which is for another machine",
        judged(images.several), gap(REF, "ambiguous_image")),
    Way("image", "a layer of a local layout was swapped", judged(images.swapped_layer),
        gap(REF, "digest_mismatch"), quick=True),
    Way("image", "the manifest of a local layout was swapped", judged(images.swapped_manifest),
        gap(REF, "digest_mismatch")),
    Way("image", "the cache on disk is poisoned by a swapped layer that was scanned first",
        _poisoned, gap(None, "feed_broken")),
    Way("image", "`trivy.yaml`, `.trivyignore`, `trivy-secret.yaml` and `TRIVY_*` silence it",
        _steered, finds=found(IN_ZLIB, REF)),
    Way("image", "a package of Debian claims the description of a package of Python",
        image(CLEAN | JINJA | images.claims("tzdata", *JINJA)),
        frozenset({(REF, "not_listed"), (REF, "ignored_by_tool")}), quick=True),
    Way("image", "a package of Debian claims a program outside of the system's folders",
        image(CLEAN | oci_image.text("app/server", "x\n") | images.claims("tzdata", "app/server")),
        gap(REF, "ignored_by_tool")),
    Way("image", "a package of Python is described by a hard link to a file of another name",
        raw([*entries(CLEAN), *linked(METADATA, "opt/m", tarfile.LNKTYPE)]),
        gap(REF, "ignored_by_tool"), quick=True),
    Way("image", "a package of Python is described by a symbolic link",
        raw([*entries(CLEAN), *linked(METADATA, "/opt/m", tarfile.SYMTYPE)]),
        gap(REF, "ignored_by_tool")),
    Way("image", "the folder that describes a package of Python is a symbolic link",
        raw([*entries(CLEAN), entry("opt/METADATA", JINJA[METADATA].data),
             entry(_FOLDER, kind=tarfile.SYMTYPE, link="/opt")]), gap(REF, "ignored_by_tool")),
    Way("image", "a package of Node.js is described by a hard link into a store",
        raw([*entries(CLEAN), entry("opt/store/00", b'{"name": "lodash", "version": "4.17.4"}'),
             entry("srv/node_modules/lodash/package.json", kind=tarfile.LNKTYPE,
                   link="opt/store/00")]), gap(REF, "ignored_by_tool")),
    Way("image", "the list of packages is a link", raw(entries(CLEAN), [
        entry("opt/status", BAD[_STATUS].data),
        entry(_STATUS, kind=tarfile.LNKTYPE, link="opt/status")]), gap(REF, "ignored_by_tool")),
    Way("image", "the folder of the list of packages is a link to another one",
        raw(entries(CLEAN), [entry("opt/dpkg/status", BAD[_STATUS].data),
                             entry("var/lib/dpkg", kind=tarfile.SYMTYPE, link="/opt/dpkg")]),
        gap(REF, "ignored_by_tool")),
    Way("image", "a file is stored as an entry of an unusual type, which Trivy passes over",
        raw([*entries(CLEAN), entry(METADATA, JINJA[METADATA].data, kind=tarfile.CONTTYPE)]),
        gap(REF, "unsupported")),
    Way("image", "the database has nothing on a language of which the image holds packages",
        image(CLEAN | JINJA, feed=lambda place: images.database(place, SOURCES[:1])),
        gap(REF, "unsupported")),
    Way("image", "a `.jar` lies in the image, and there is no database of Java's packages",
        image(CLEAN | images.JAR), gap(None, "tool_failed")),
    Way("image", "a secret is in the image's environment, where no file holds it",
        image(CLEAN, env={"GH_TOKEN": TOKEN}), finds=found("github-pat", REF)),
    _secret("app/README.md"),
    _secret("app/tests/settings.py"),
    _secret("app/example/settings.py"),
    _secret("app/vendor/settings.py"),
    _secret("app/.git/config"),
    _secret(f"{oci_image.SITE_PACKAGES}/shop/settings.py"),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_trivy_does_not_say_of_an_image_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)


def test_the_images_of_these_ways_are_found_bad_or_clean_without_them(tmp_path: Path) -> None:
    """Or the tests above could not fail."""
    for number, (layer, expected) in enumerate(
        ((BAD, {IN_ZLIB, "CVE-2023-5363"}), (JINJA | CLEAN, {IN_JINJA}))
    ):
        place = tmp_path / str(number)
        bundle = check(Way("image", "", image(layer), finds=found(min(expected), REF)), place)
        assert {one["rule"] for one in bundle.findings} == expected
    laid = image(CLEAN)(tmp_path / "clean")
    assert penstock("run", laid.folder, "--out", tmp_path / "out").code == 0
