"""Bundles that were altered prove nothing, and say so."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import Bundle, penstock
from tests.support.small import repository

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    out = folder / "out"
    assert penstock("run", repository(folder / "repo"), "--out", out).code == 0
    return out


@pytest.fixture
def bundle(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "bundle")
    return tmp_path / "bundle"


def _append(name: str) -> Callable[[Path], object]:
    return lambda bundle: (bundle / name).write_bytes((bundle / name).read_bytes() + b" ")


def _remove(name: str) -> Callable[[Path], object]:
    return lambda bundle: (bundle / name).unlink()


def _unlisted(bundle: Path) -> None:
    run = json.loads((bundle / "run.json").read_text())
    del run["files"]["findings.ndjson"]
    (bundle / "run.json").write_text(json.dumps(run))


def _outside(bundle: Path) -> None:
    run = json.loads((bundle / "run.json").read_text())
    run["files"]["../../etc/hostname"] = "sha256:" + "0" * 64
    (bundle / "run.json").write_text(json.dumps(run))


def _schema(bundle: Path) -> None:
    run = json.loads((bundle / "run.json").read_text())
    (bundle / "run.json").write_text(json.dumps({**run, "schema": "penstock/run@9"}))


ALTERED: dict[str, Callable[[Path], object]] = {
    "findings": _append("findings.ndjson"),
    "coverage": _append("coverage.json"),
    "verdict": _append("verdict.json"),
    "facts": _append("inputs/facts.json"),
    "policy": _append("inputs/policy/gate.yaml"),
    "a raw report": _append("raw/workflows/workflows.report"),
    "no findings": _remove("findings.ndjson"),
    "no policy": _remove("inputs/policy/gate.yaml"),
    "findings that nobody lists": _unlisted,
    "a file outside": _outside,
    "another schema": _schema,
    "half a description": lambda b: (b / "run.json").write_bytes(
        (b / "run.json").read_bytes()[:200]
    ),
    "nesting": lambda b: (b / "run.json").write_bytes(b"[" * 100_000),
}


@pytest.mark.parametrize("command", ["gate", "explain"])
@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_an_altered_bundle_is_refused(
    alter: Callable[[Path], object], command: str, bundle: Path
) -> None:
    alter(bundle)
    more = ["--verdict"] if command == "explain" else []
    done = penstock(command, bundle, *more)
    assert done.code == 3, done
    assert done.out == ""
    assert done.err.startswith("error: ")


@pytest.mark.parametrize("command", [["gate"], ["explain", "--verdict"]])
def test_a_folder_that_is_no_bundle_is_a_usage_error(command: list[str], tmp_path: Path) -> None:
    done = penstock(command[0], tmp_path, *command[1:])
    assert (done.code, done.out) == (2, "")
    assert "holds no evidence bundle" in done.err


def test_judging_again_writes_nothing_and_gives_the_same(whole: Path) -> None:
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    done = penstock("gate", whole)
    assert done.code == 0
    assert {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()} == before


def test_another_environment_is_judged_into_another_folder(whole: Path, tmp_path: Path) -> None:
    done = penstock("gate", whole, "--env", "main", "--out", tmp_path / "again")
    assert done.code == 0
    assert Bundle(tmp_path / "again").verdict["environment"] == "main"
    assert Bundle(whole).verdict["environment"] == "pr"
    refused = penstock("gate", whole, "--env", "main", "--out", whole)
    assert (refused.code, refused.out) == (2, "")


def test_a_bundle_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    repo, out = repository(tmp_path / "repo"), tmp_path / "out"
    assert penstock("run", repo, "--out", out).code == 0
    first = (out / "run.json").read_bytes()
    (repo / "policies/gate.yaml").write_text("rules: 5\n")
    assert penstock("run", repo, "--out", out).code == 2
    assert (out / "run.json").read_bytes() == first


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    repo, out = repository(tmp_path / "repo"), tmp_path / "out"
    assert penstock("run", repo, "--out", out).code == 0
    first = (out / "run.json").read_bytes()
    limited = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]
    done = penstock("run", repo, "--out", out, prefix=limited)
    assert done.code in (1, 2, 3)
    assert done.code != 0
    assert (out / "run.json").read_bytes() == first
    assert not list(tmp_path.glob(".out.*"))
