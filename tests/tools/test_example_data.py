"""The examples hold what EXPECTED.md says, and what is built for them says it to a real Trivy."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from packaging.utils import canonicalize_name

from examples import build
from examples.support import advisories
from examples.support.oci_image import (
    Deb,
    Image,
    dpkg,
    os_release,
    python_package,
    write_docker_archive,
    write_layout,
)
from pipeline.feeds import epss, kev, osv, trivy_bolt, trivy_db, vulnrichment
from tests.support.installed import tool

pytestmark = pytest.mark.tools

EXAMPLES: Final = Path(build.__file__).parent
SHOP: Final = EXAMPLES / "shop"
MENDED: Final = EXAMPLES / "shop-fixed"
SIGNS: Final = {
    "penstock.python.sql-injection": 'execute(f"',
    "penstock.python.command-injection": "shell=True",
    "penstock.python.unsafe-yaml-load": "yaml.load(",
    "penstock.python.hardcoded-credentials": ' = "',
    "penstock.python.hardcoded-key": 'KEY = "',
    "penstock.python.debug-mode": "debug=True",
    "penstock.python.fastapi-endpoint-without-auth": "@router.delete(",
    "penstock.base-image-unpinned": "FROM python:3.11",
    "DS-0002": "USER root",
    "AWS-0107": '"0.0.0.0/0"',
    "AWS-0092": '"public-read"',
    "aws-access-key-id": "AWS_ACCESS_KEY_ID=",
    "template-injection": "${{ github.event",
    "unpinned-uses": "@v",
}
"""What stands on the line that a rule is expected to name."""


class Row(NamedTuple):
    """A line of a table of EXPECTED.md."""

    stage: str
    rule: str
    target: str
    place: str


def expected() -> Iterator[Row]:
    stage = ""
    for line in (SHOP / "EXPECTED.md").read_text().partition("## Not found")[0].splitlines():
        if line.startswith("### "):
            stage = line.removeprefix("### ")
        elif stage and line.startswith("| ") and not line.startswith("| Rule"):
            yield Row(stage, *[cell.strip() for cell in line.split("|")[1:4]])


ROWS: Final = tuple(expected())
PLACED: Final = [row for row in ROWS if row.rule in SIGNS]


def test_the_tables_are_read() -> None:
    assert {row.stage for row in ROWS} == {
        "semgrep", "pip-audit", "image", "config", "secrets", "packages", "workflows",
    }  # fmt: skip
    assert {row.rule for row in PLACED} == set(SIGNS)


@pytest.mark.parametrize("row", PLACED, ids=lambda row: f"{row.rule}:{row.place}")
def test_each_hole_stands_on_its_line(row: Row) -> None:
    line = (SHOP / row.target).read_text().splitlines()[int(row.place) - 1]
    assert SIGNS[row.rule] in line


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.stage == "pip-audit"], ids=lambda row: row.rule
)
def test_each_bad_pin_stands_in_its_manifest_and_in_no_mended_one(row: Row) -> None:
    name, version = row.place.removeprefix("pkg:pypi/").split("@")
    assert pins(SHOP / row.target)[name] == version
    assert pins(MENDED / row.target)[name] != version


def pins(manifest: Path) -> dict[str, str]:
    text = manifest.read_text()
    found = re.findall(r'^name = "(.+)"\nversion = "(.+)"$', text, re.MULTILINE)
    found += re.findall(r"^([\w-]+)==(\S+)", text, re.MULTILINE)
    return {str(canonicalize_name(name)): version for name, version in found}


@pytest.mark.parametrize("folder", [SHOP, MENDED], ids=lambda folder: folder.name)
def test_the_programs_of_an_example_compile(folder: Path) -> None:
    files = [*folder.glob("*/*.py")]
    assert len(files) > 8
    for path in files:
        compile(path.read_text(), path, "exec")


def test_the_mended_shop_has_the_same_files() -> None:
    only_here = {"EXPECTED.md", "policies/exceptions/EX-2026-0001.yaml"}
    assert names(SHOP) - only_here == names(MENDED)


def names(folder: Path) -> set[str]:
    made = ("image/", "feeds/", ".penstock/")
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        name.as_posix()
        for name in found
        if not name.as_posix().startswith(made) and "__pycache__" not in name.parts
    }


@pytest.mark.parametrize(
    ("locked", "example"), [("shop.txt", SHOP), ("shop-fixed.txt", MENDED)], ids=str
)
def test_an_image_holds_what_its_example_requires(locked: str, example: Path) -> None:
    wanted = pins(example / "requirements.txt") | pins(example / "requirements" / "base.txt")
    recorded = build.read_recipe(EXAMPLES / "images" / f"{example.name}.toml").python
    held = pins(EXAMPLES / "images" / locked)
    held |= {str(canonicalize_name(one.name)): one.version for one in recorded}
    assert held == wanted


def test_a_source_that_was_altered_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(advisories.FOLDER, tmp_path / "source")
    monkeypatch.setattr(advisories, "FOLDER", folder)
    assert advisories.read().records
    shutil.copy(folder / "ghsa.ndjson.gz", folder / "osv-pypi.ndjson.gz")
    with pytest.raises(ValueError, match=r"osv-pypi\.ndjson\.gz is not what"):
        advisories.read()


def test_the_feeds_are_whole_dated_and_marked_as_excerpts(tmp_path: Path) -> None:
    known = advisories.read()
    advisories.write(tmp_path, known)
    exploited, scored = kev.open(tmp_path / "kev"), epss.open(tmp_path / "epss")
    assert (exploited.excerpt, scored.excerpt, scored.version) == (True, True, "SYNTHETIC-1")
    assessed = vulnrichment.open(tmp_path / "vulnrichment")
    assert (assessed.excerpt, assessed.records) == (True, 10)
    for feed in (osv.open(tmp_path / "osv"), trivy_db.open(tmp_path / "trivy-db")):
        assert (feed.excerpt, feed.updated) == (True, known.updated)
        assert feed.records is not None
        assert feed.records > 500
    assert "CC BY 4.0" in (tmp_path / "ATTRIBUTION.txt").read_text()
    database = tmp_path / "trivy-db" / "db" / "trivy.db"
    assert trivy_bolt.count(database, b"vulnerability") > 500


def test_feeds_written_twice_are_the_same_bytes(tmp_path: Path) -> None:
    known = advisories.read()
    for name in ("one", "two"):
        advisories.write(tmp_path / name, known)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def image(version: str = "2.10") -> Image:
    packages = python_package("Jinja2", version)
    debian = os_release("debian", "12") | dpkg(Deb("zlib1g", "1:1.2.13.dfsg-1", "zlib"))
    return Image(layers=(debian, packages))


def test_equal_images_have_equal_digests_and_others_do_not(tmp_path: Path) -> None:
    one, two, other = image(), image(), image("2.11.3")
    digests = write_layout(tmp_path / "layout", one, two, other)
    assert digests[0] == digests[1] != digests[2]


def test_a_docker_archive_is_of_the_same_configuration(tmp_path: Path) -> None:
    [digest] = write_layout(tmp_path / "layout", image())
    blob = tmp_path / "layout" / "blobs" / "sha256" / digest.removeprefix("sha256:")
    config = json.loads(blob.read_bytes())["config"]["digest"]
    assert write_docker_archive(tmp_path / "image.tar", image()) == config


@pytest.fixture(scope="module")
def built() -> Mapping[str, str]:
    """Build what is not built; the wheels come through pip, once."""
    for name in build.NAMES:
        build.build_feeds(EXAMPLES / name / "feeds")
    return {name: build.build_image(name, EXAMPLES / name / "image") for name in build.NAMES}


def test_what_is_built_is_left_alone(
    built: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        pytest.fail("pip was asked again")

    monkeypatch.setattr(build, "capture", refuse)
    index = SHOP / "image" / "layout" / "index.json"
    before = index.stat()
    assert build.build_image("shop", SHOP / "image") == built["shop"]
    assert index.stat() == before


def test_a_build_that_fails_leaves_the_former_one(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    (folder / "whole").touch()
    with pytest.raises(FileNotFoundError), build.replaced(folder, "stamp") as fresh:
        fresh.joinpath("missing", "half").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["layout"]
    assert [path.name for path in folder.iterdir()] == ["whole"]


def trivy(*words: str, feeds: Path, work: Path) -> list[dict[str, object]]:
    """Return the results of a scan with these feeds and nothing else."""
    for name in ("config.yaml", "ignored"):
        (work / name).touch()
    subprocess.run(
        [
            str(tool("trivy")), *words, "--format", "json", "--output", "report.json",
            "--scanners", "vuln", "--cache-dir", str(feeds / "trivy-db"),
            "--cache-backend", "memory", "--skip-db-update", "--skip-java-db-update",
            "--skip-check-update", "--offline-scan", "--skip-version-check",
            "--disable-telemetry", "--quiet", "--config", "config.yaml", "--ignorefile", "ignored",
        ],
        cwd=work, env={"PATH": "/usr/bin:/bin", "HOME": str(work)}, check=True, timeout=120,
    )  # fmt: skip
    results: list[dict[str, object]] = json.loads((work / "report.json").read_bytes())["Results"]
    return results


class Hit(NamedTuple):
    rule: str
    purl: str


def hits(results: list[dict[str, object]]) -> set[Hit]:
    text = json.dumps(results)
    found = json.loads(text)
    return {
        Hit(one["VulnerabilityID"], bare(one["PkgIdentifier"]["PURL"]))
        for result in found
        for one in result.get("Vulnerabilities", ())
    }


def bare(purl: str) -> str:
    return purl.partition("?")[0].replace("%2B", "+")


@pytest.mark.parametrize("name", build.NAMES)
def test_trivy_finds_in_the_image_what_is_expected_and_nothing_else(
    name: str, built: Mapping[str, str], tmp_path: Path
) -> None:
    example = EXAMPLES / name
    layout = f"{example / 'image' / 'layout'}@{built[name]}"
    results = trivy("image", "--input", layout, feeds=example / "feeds", work=tmp_path)
    wanted = {Hit(row.rule, row.place) for row in ROWS if row.stage == "image"}
    assert {str(result["Class"]) for result in results} == {"os-pkgs", "lang-pkgs"}
    assert hits(results) == (wanted if name == "shop" else set())


@pytest.mark.parametrize("name", build.NAMES)
@pytest.mark.usefixtures("built")
def test_trivy_finds_in_the_manifests_what_is_expected_and_nothing_else(
    name: str, tmp_path: Path
) -> None:
    example = EXAMPLES / name
    results = trivy("fs", str(example), feeds=example / "feeds", work=tmp_path)
    targets = {"requirements.txt", "worker/poetry.lock", "web/package-lock.json"}
    wanted = {Hit(row.rule, row.place) for row in ROWS if row.target in targets}
    assert hits(results) == (wanted if name == "shop" else set())
