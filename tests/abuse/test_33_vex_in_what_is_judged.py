"""A VEX file in the change, in the image or beside an SBOM claims that all is well: ignored.

Trivy itself obeys such files where its surroundings say so. The scans here are the real ones.
"""

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from examples.support.oci_image import Image, python_package, text
from pipeline.model.verdict import Decision
from pipeline.vex import openvex
from pipeline.vex.model import Issue, Product, Statement
from tests.support import bundles
from tests.support.command import penstock
from tests.support.judging import case, gate, package, policy, verdict
from tests.support.trivy import TREES, ask, database, job, real, rootfs, verified

pytestmark = pytest.mark.tools

LODASH: Final = "CVE-2019-10744"
JINJA: Final = "CVE-2019-10906"
ZLIB: Final = "CVE-2023-45853"
PURLS: Final = {
    LODASH: "pkg:npm/lodash@4.17.4",
    JINJA: "pkg:pypi/jinja2@2.10",
    ZLIB: "pkg:deb/debian/zlib1g@1.2.13.dfsg-1",
}
SETTINGS: Final = "vulnerability:\n  vex:\n    - openvex.json\n"


def _claim() -> bytes:
    """Write an OpenVEX document by which Trivy hides everything that these tests find."""
    said = [
        Statement(
            vulnerability=name,
            aliases=(),
            status="not_affected",
            justification="vulnerable_code_not_present",
            products=(Product(purl=purl),),
        )
        for name, purl in PURLS.items()
    ]
    issue = Issue(author="Mallory", now="2026-11-25T12:00:00Z", tooling="a text editor")
    document = openvex.write(issue, said)
    assert document is not None
    return document


CLAIM: Final = _claim()
PLANTED: Final = {
    "openvex.json": CLAIM,
    ".vex/openvex.json": CLAIM,
    "trivy.yaml": SETTINGS.encode(),
    ".trivyignore.yaml": f"vulnerabilities: [{{id: {LODASH}}}]\n".encode(),
    "web/sbom.cdx.json.vex.json": CLAIM,
}


def test_trivy_by_itself_obeys_a_vex_that_the_change_brings(tmp_path: Path) -> None:
    """The control: without Penstock, the files of the attack do what they are meant to."""
    files = {
        "package-lock.json": str(TREES["packages"]["web/package-lock.json"]),
        "openvex.json": CLAIM.decode(),
        "trivy.yaml": SETTINGS,
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    feed = database(tmp_path.with_name("feed-33"))
    done = subprocess.run(
        [
            real().path, "fs", ".", "--format", "json", "--cache-dir", feed.path, "--quiet",
            "--skip-db-update", "--skip-java-db-update", "--offline-scan", "--scanners", "vuln",
            "--skip-version-check", "--disable-telemetry",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=120,
    )  # fmt: skip
    results = json.loads(done.stdout)["Results"]
    shown = {one["VulnerabilityID"] for part in results for one in part.get("Vulnerabilities", ())}
    assert LODASH not in shown


def test_a_vex_in_the_change_hides_no_finding_of_its_packages(tmp_path: Path) -> None:
    lock = TREES["packages"]["web/package-lock.json"]
    tree: dict[str, str | bytes] = {"web/package-lock.json": lock, **PLANTED}
    feed = database(tmp_path / "feed")
    asked = ask(job("packages", tmp_path, files=tree, tool=real(), feed=feed), tmp_path / "p")
    assert LODASH in {one.rule for one in asked.answer.findings}
    judged = verdict(policy(), *asked.answer.findings)
    assert judged.verdict is Decision.FAIL
    assert judged.excepted == ()


def test_a_vex_in_an_image_hides_no_finding_of_the_image(tmp_path: Path) -> None:
    layer = rootfs() | python_package("Jinja2", "2.10")
    for name in ("openvex.json", "usr/share/vex/openvex.json", "trivy.yaml"):
        layer |= text(name, SETTINGS if name == "trivy.yaml" else CLAIM.decode())
    image = verified(tmp_path, Image(layers=(layer,)))
    feed = database(tmp_path / "feed")
    asked = ask(job("image", tmp_path, images=(image,), tool=real(), feed=feed), tmp_path / "p")
    assert {JINJA, ZLIB} <= {one.rule for one in asked.answer.findings}
    assert verdict(policy(), *asked.answer.findings).verdict is Decision.FAIL


def test_a_vex_among_the_exceptions_is_a_file_that_excepts_nothing() -> None:
    """Not even in the policy folder is it an exception: it is listed as one that is invalid."""
    files = {"exceptions/openvex.json": CLAIM, "vex/openvex.json": CLAIM}
    loaded = policy(files)
    assert loaded.exceptions == ()
    assert [one.id for one in loaded.bad_exceptions] == ["exceptions/openvex.json"]


def test_a_vex_beside_the_sbom_of_a_bundle_changes_no_verdict(tmp_path: Path) -> None:
    files = {"gate.yaml": gate()}
    sbom = {"source.cdx.json": b'{"bomFormat": "CycloneDX"}'}
    asked = case(policy(files), package("jinja2", "2.10", cve=JINJA))
    out = bundles.write(tmp_path / "bundle", asked, files, sbom=sbom)
    before = penstock("gate", out)
    (out / "sbom" / "source.vex.json").write_bytes(CLAIM)
    (out / "vex.json").write_bytes(CLAIM)
    assert penstock("gate", out) == before
    assert before.code == int(Decision.FAIL.exit)
