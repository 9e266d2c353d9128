"""Trivy leaves packages of languages out that it cannot read or does not know, and says nothing."""

import json
from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import Layer
from examples.support.trivy_db import Advisory, Source
from tests.failopen import images
from tests.failopen.images import CLEAN, ELF, JINJA, METADATA, REF, claims, image
from tests.failopen.ways import Way, cases, check, found, gap
from tests.support.trivy import SOURCES

pytestmark = pytest.mark.tools

_LODASH: Final = "node_modules/lodash/package.json"
_PLAIN: Final = '{"name": "lodash", "version": "4.17.4"}'
_OWN: Final = "usr/lib/python3/dist-packages/jinja2-2.10.dist-info/METADATA"
_SPLIT: Final = 'Gem::Specification\n.new do |s|\n  s.name = "rack"\n  s.version = "1.0"\nend\n'


_CONDA: Final = '{"name": "openssl", "version": "1.1.1"}'


def _speaks_of(path: str) -> Layer:
    """Return an SBOM that lists a package of Python there."""
    marks = {"FilePath": path, "PkgType": "python-pkg"}
    listed = {
        "bom-ref": "a",
        "type": "library",
        "name": "a",
        "version": "1",
        "purl": "pkg:pypi/a@1",
        "properties": [
            {"name": f"aquasecurity:trivy:{key}", "value": value} for key, value in marks.items()
        ],
    }
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [listed]}
    return oci_image.text("opt/made.cdx.json", json.dumps(bom))


def _node(text: str) -> Layer:
    return CLEAN | oci_image.text(f"app/{_LODASH}", text)


WAYS: Final = (
    Way("image", 'a package of Node.js says `"dependencies": []`, as old ones do',
        image(_node('{"name": "lodash", "version": "4.17.4", "dependencies": []}')),
        gap(REF, "not_listed"), quick=True),
    Way("image", "a package of Node.js begins with a byte order mark",
        image(_node(f"\ufeff{_PLAIN}")), gap(REF, "not_listed")),
    Way("image", "a package of Node.js has no version", image(_node('{"name": "lodash"}')),
        gap(REF, "not_listed")),
    Way("image", "a package of Debian brings one of Node.js in a folder of its own",
        image(CLEAN | oci_image.text(f"usr/share/app/{_LODASH}", _PLAIN)
              | claims("tzdata", f"usr/share/app/{_LODASH}")), gap(REF, "not_listed")),
    Way("image", "an SBOM in the image speaks of the place of a description that is odd",
        image(CLEAN | oci_image.text(METADATA, "odd\n") | _speaks_of(METADATA)),
        gap(REF, "not_listed"), quick=True),
    Way("image", "an SBOM in the image speaks of a program that no package brought",
        image(CLEAN | {"usr/bin/tool": ELF} | _speaks_of("usr/bin/tool")),
        gap(REF, "not_listed")),
    Way("image", "packages are installed by conda, which it lists in no report",
        image(CLEAN | oci_image.text("opt/conda/conda-meta/openssl-1.1.1-0.json", _CONDA)),
        gap(REF, "ignored_by_tool"), quick=True),
    Way("image", "packages are installed by Nix",
        image(CLEAN | {"nix/store/0a1b-openssl-1.1.1/lib/libssl.so.1.1": ELF}),
        gap(REF, "not_listed")),
    Way("image", "a program that Go built says nothing of its modules, or is not executable",
        image(CLEAN | {"app/server": images.OF_GO}), gap(REF, "not_listed")),
    Way("image", "a gem is described in an unusual way",
        image(CLEAN | oci_image.text("srv/gems/specifications/rack-1.0.gemspec", _SPLIT)),
        gap(REF, "not_listed")),
    Way("image", "pip put a package whose description is odd where Debian puts its own",
        image(CLEAN | oci_image.text(_OWN, "Metadata-Version: 2.1\n\nName: Jinja2\n")),
        gap(REF, "not_listed")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_is_described_and_left_out_is_told(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)


@pytest.mark.slow
def test_what_bitnami_lists_of_its_own_is_asked(tmp_path: Path) -> None:
    """Its images hold an SBOM of what was built for them, and Trivy has advisories about that."""
    more = Source(
        bucket="bitnami::Bitnami Vulnerability Database",
        id="bitnami",
        name="Bitnami Vulnerability Database",
        advisories={
            "wordpress": {"CVE-2017-1001000": Advisory(vulnerable=("< 4.7.2",), patched=("4.7.2",))}
        },
    )
    purl = "pkg:bitnami/wordpress@4.7.1"
    component = {"bom-ref": "a", "type": "library", "name": "wordpress", "version": "4.7.1"}
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    listed = json.dumps({**bom, "components": [{**component, "purl": purl}]})
    laid = image(
        CLEAN | oci_image.text("opt/bitnami/wordpress/a.cdx.json", listed),
        feed=lambda place: images.database(place, (*SOURCES, more)),
    )
    check(Way("image", "", laid, finds=found("CVE-2017-1001000", REF)), tmp_path)


@pytest.mark.slow
def test_the_same_packages_are_found_where_they_can_be_read(tmp_path: Path) -> None:
    """Or the tests above could not fail."""
    plain = _node(_PLAIN) | {_OWN: JINJA[METADATA]}
    finds = found("CVE-2019-10744", REF) | found("CVE-2019-10906", REF)
    check(Way("image", "", image(plain), finds=finds), tmp_path)
