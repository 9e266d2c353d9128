"""What is published is built from the commit alone, to the byte, and holds what it must."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

pytestmark = pytest.mark.tools

ROOT: Final = Path(__file__).parents[2]
RELEASE: Final = ROOT / ".github/workflows/release.yml"


def build(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "release/build.py", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = build("--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_two_builds_are_equal_and_their_digests_are_told(dist: Path) -> None:
    names = sorted(one.name for one in dist.iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["whl", "gz"]
    again = build("--out", dist)
    assert [line.split()[1] for line in again.stdout.splitlines()] == names


def test_a_tag_of_another_version_is_refused(tmp_path: Path) -> None:
    done = build("--tag", "v99.0", "--out", tmp_path / "dist")
    assert done.returncode == 1
    assert "v99.0" in done.stderr
    assert not (tmp_path / "dist").exists()


def test_the_wheel_holds_what_runs_and_nothing_else(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"pipeline", "penstock"}
    for name in (
        "pipeline/data/policies/gate.yaml",
        "pipeline/data/requirements/semgrep.txt",
        "pipeline/schemas/verdict-v1.schema.json",
        "pipeline/schemas/vendor/bom-1.7.schema.json",
        "pipeline/py.typed",
    ):
        assert name in names


def test_the_source_archive_can_be_tested(dist: Path) -> None:
    (source,) = dist.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "Makefile", "tests/__init__.py", "LICENSE", "NOTICE"} <= names


def test_only_who_signs_and_publishes_can_have_an_identity() -> None:
    jobs: dict[str, Any] = yaml.safe_load(RELEASE.read_text())["jobs"]
    with_identity = {name for name, job in jobs.items() if "id-token" in job["permissions"]}
    assert with_identity == {"sign", "publish"}
    for name in with_identity:
        used = [step.get("uses", "") for step in jobs[name]["steps"]]
        assert "./" not in used, "no scanner runs where a token can be had"
    assert jobs["sign"]["needs"] == ["build", "gate"]
    assert jobs["publish"]["needs"] == "sign"
