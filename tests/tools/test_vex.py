"""The real Trivy accepts what we export: it drops what is not affected and nothing else."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.exceptions.export import export
from pipeline.policy.judging.gate import judge
from pipeline.vex import cyclonedx, openvex
from pipeline.vex.boms import read
from pipeline.vex.cyclonedx import Vulnerability
from pipeline.vex.model import Issue, Product, Statement
from tests.support import trivy as support
from tests.support.judging import case, exception, package, with_exceptions
from tests.support.loopback import Loopback, Request, Response
from tests.support.trivy import database, good_image, real

pytestmark = pytest.mark.tools

ISSUE: Final = Issue(author="Acme", now="2026-11-25T12:00:00Z", tooling="penstock 0.1.0")
CVE: Final = "CVE-2019-10906"
GHSA: Final = "GHSA-462w-v97r-4m45"
JINJA: Final = "pkg:pypi/jinja2@2.10"
SBOM: Final[dict[str, Any]] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "version": 1,
    "metadata": {"component": {"type": "application", "name": "source", "bom-ref": "source"}},
    "components": [
        {
            "type": "library",
            "bom-ref": JINJA,
            "name": "jinja2",
            "version": "2.10",
            "purl": JINJA,
            "properties": [{"name": "aquasecurity:trivy:PkgType", "value": "python-pkg"}],
        }
    ],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a database, an SBOM and an image."""
    folder = tmp_path_factory.mktemp("vex")
    database(folder / "cache")
    (folder / "sbom.cdx.json").write_text(json.dumps(SBOM))
    support.layout(folder / "image", good_image())
    return folder


def statement(status: str, *products: Product, vulnerability: str = CVE) -> Statement:
    words: dict[str, Any] = {"affected": {"action": "Upgrade to 2.10.1."}, "fixed": {}}.get(
        status, {"justification": "vulnerable_code_not_in_execute_path"}
    )
    names = {CVE, GHSA}
    return Statement(
        vulnerability=vulnerability,
        aliases=tuple(sorted(names - {vulnerability})),
        status=status,  # type: ignore[arg-type]
        products=products or (Product(purl=JINJA),),
        **words,
    )


def shown(place: Path, document: bytes | None, *, image: str = "") -> set[str]:
    """Return what Trivy still shows when it is given a document."""
    assert document is not None
    (place / "vex.json").write_bytes(document)
    asked = ["sbom", "sbom.cdx.json"]
    if image:
        asked = ["image", *([image] if ":" in image else ["--input", image])]
    done = subprocess.run(
        [
            real().path, *asked, "--vex", "vex.json", "--format", "json", "--cache-dir", "cache",
            "--skip-db-update", "--skip-java-db-update", "--offline-scan", "--quiet",
            "--skip-version-check", "--disable-telemetry", "--scanners", "vuln",
        ],
        cwd=place,
        capture_output=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout).get("Results", ())
    return {one["VulnerabilityID"] for part in results for one in part.get("Vulnerabilities", ())}


def test_openvex_hides_what_is_not_affected_and_shows_what_is(place: Path) -> None:
    assert shown(place, openvex.write(ISSUE, [statement("affected")])) == {CVE}
    assert shown(place, openvex.write(ISSUE, [statement("under_investigation")])) == {CVE}
    assert shown(place, openvex.write(ISSUE, [statement("not_affected")])) == set()


def test_openvex_by_the_other_name_of_a_vulnerability_hides_it_too(place: Path) -> None:
    said = statement("not_affected", vulnerability=GHSA)
    assert shown(place, openvex.write(ISSUE, [said])) == set()


def test_openvex_hides_nothing_of_another_version_or_within_another_image(place: Path) -> None:
    other = Product(purl="pkg:pypi/jinja2@2.9")
    elsewhere = Product(purl=JINJA, container="pkg:oci/api?repository_url=ghcr.io/acme/api")
    said = openvex.write(ISSUE, [statement("not_affected", other, elsewhere)])
    assert shown(place, said) == {CVE}


def test_openvex_that_takes_a_claim_back_shows_the_finding_again(place: Path) -> None:
    first = openvex.write(ISSUE, [statement("not_affected")])
    assert first is not None
    assert shown(place, openvex.write(ISSUE, (), openvex.earlier(first, "vex.json"))) == {CVE}


def test_openvex_is_read_for_an_image_as_well(place: Path) -> None:
    affected = shown(place, openvex.write(ISSUE, [statement("affected")]), image="image")
    clean = shown(place, openvex.write(ISSUE, [statement("not_affected")]), image="image")
    assert affected - clean == {CVE}
    assert clean


def test_cyclonedx_hides_by_the_link_into_the_sbom(place: Path) -> None:
    (bom,) = read([(place / "sbom.cdx.json").read_bytes()])
    linked = Product(purl=JINJA, bom_links=tuple(link for _, link in bom.packages))

    def document(status: str, product: Product) -> bytes:
        return cyclonedx.write(ISSUE, [Vulnerability(statement=statement(status, product))])

    assert shown(place, document("affected", linked)) == {CVE}
    assert shown(place, document("not_affected", linked)) == set()
    assert shown(place, document("not_affected", Product(purl=JINJA))) == {CVE}


@pytest.fixture
def registry(place: Path) -> Iterator[str]:
    """Serve the image on this machine, and return its repository."""
    layout = place / "image"
    index = json.loads((layout / "index.json").read_bytes())["manifests"][0]

    def answer(request: Request) -> Response:
        kind, _, name = request.path.rpartition("/")
        if not kind.endswith(("/manifests", "/blobs")):
            return Response.json({})
        manifest = kind.endswith("/manifests")
        digest = name if name.startswith("sha256:") else index["digest"]
        media = index["mediaType"] if manifest else "application/octet-stream"
        data = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
        headers = {"Content-Type": media, "Docker-Content-Digest": digest}
        return Response(body=data, headers=headers)

    with Loopback(answer) as server:
        yield server.url.removeprefix("http://") + "/acme/api"


def excused_in(artifact: str) -> bytes | None:
    """Return what is told of an exception for a package in this image."""
    target = f"{{vulnerability: {CVE}, purl: '{JINJA}', artifact: '{artifact}'}}"
    words = "{status: not_affected, justification: vulnerable_code_not_in_execute_path}"
    claim = exception(type="not_affected", evidence="sha256:" + "e" * 64, vex=words, target=target)
    held = package(cve=CVE, stage="image", sources=("image",), target=f"{artifact}:1")
    asked = case(with_exceptions(claim), held)
    return openvex.write(ISSUE, export(asked, judge(asked), ()).statements)


@pytest.mark.enable_socket
def test_openvex_hides_a_package_within_the_image_that_it_names_and_in_no_other(
    place: Path, registry: str
) -> None:
    assert CVE in shown(place, excused_in("ghcr.io/acme/api"), image=f"{registry}:1")
    assert CVE not in shown(place, excused_in(registry), image=f"{registry}:1")
