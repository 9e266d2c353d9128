"""Several runs at once share tools, feeds, the history and even the place of the bundle."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.bundle.read import read
from pipeline.store.database import read_runs
from tests.support.command import PENSTOCK
from tests.support.small import repository

pytestmark = pytest.mark.tools

SHOP = Path(__file__).parents[2] / "examples" / "shop-fixed"
MANY = 3


def start(target: Path, out: Path, place: Path, *words: str | Path) -> subprocess.Popen[str]:
    kept = ("PATH", "HOME", "PENSTOCK_TOOLS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    (place / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [PENSTOCK, "run", target, "--out", out, "--progress", "none", *words],
        env={**environment, "TMPDIR": str(place / "tmp"), "XDG_STATE_HOME": str(place / "state")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def committed(folder: Path) -> Path:
    """Make a repository of a folder: only what is committed has a history."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "all")):
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)
    return folder


def all_end(running: list[subprocess.Popen[str]], code: int) -> None:
    for process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == code, said


@pytest.mark.slow
def test_whole_runs_at_once_all_pass(tmp_path: Path) -> None:
    outs = [tmp_path / f"out-{number}" for number in range(MANY)]
    all_end([start(SHOP, out, tmp_path) for out in outs], 0)
    assert {read(out).verdict.verdict.value for out in outs} == {"PASS"}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_runs_into_one_place_leave_one_whole_bundle_and_every_run_in_the_history(
    tmp_path: Path,
) -> None:
    target, store = committed(repository(tmp_path / "repository")), tmp_path / "history.sqlite"
    words = ("--env", "main", "--store", store)
    all_end([start(target, tmp_path / "out", tmp_path, *words) for _ in range(MANY)], 0)
    read(tmp_path / "out")
    assert len(read_runs(store)) == MANY
    assert [one.name for one in tmp_path.glob(".out.*")] == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(list((tmp_path / "state/penstock/timings").iterdir())) == 1
