"""Where a bundle may not be written, and output that nobody takes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import PENSTOCK, Bundle, penstock
from tests.support.small import repository

pytestmark = pytest.mark.tools

_NOBODY = 65534


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up what lets it write anywhere")
def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_runs(
    repo: Path, tmp_path: Path
) -> None:
    parent = tmp_path / "theirs"
    parent.mkdir(mode=0o555)
    os.chown(parent, _NOBODY, _NOBODY)
    # Without the capabilities root is a user as any other, who may still read its interpreter.
    prefix = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
    done = penstock("run", repo, "--out", parent / "out", prefix=prefix)
    assert (done.code, done.out) == (2, ""), done
    assert "cannot write into" in done.err
    assert "started" not in done.err
    assert list(parent.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system needs the right to mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_keeps_the_old_bundle_and_leaves_no_half_of_a_new_one(
    repo: Path, tmp_path: Path, small_disk: Path
) -> None:
    assert penstock("run", repo, "--out", tmp_path / "whole").code == 0
    shutil.copytree(tmp_path / "whole", small_disk / "out")
    before = {path.name: path.stat().st_size for path in (small_disk / "out").iterdir()}
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(b"x" * (room.f_bavail * room.f_bsize - (16 << 10)))
    done = penstock("run", repo, "--out", small_disk / "out")
    assert (done.code, done.out) == (3, "")
    assert "No space left on device" in done.err
    assert "penstock-crash" not in done.err
    assert {path.name: path.stat().st_size for path in (small_disk / "out").iterdir()} == before
    assert not list(small_disk.glob(".out.*"))
    assert penstock("gate", small_disk / "out").code == 0


def test_names_that_are_no_utf_8_lead_to_a_bundle_all_the_same(tmp_path: Path) -> None:
    target = repository(tmp_path / os.fsdecode(b"repo\xff"))
    out = tmp_path / os.fsdecode(b"out\xff")
    done = penstock("run", target, "--out", out)
    assert done.code == 0, done
    assert Bundle(out).json("run.json")["target"].endswith("repo\\xff")
    assert penstock("gate", out).code == 0


@pytest.mark.parametrize("command", [["--version"], ["schema", "verdict-v1"], ["--help"]])
def test_a_reader_that_stops_reading_never_makes_it_a_fail(command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [PENSTOCK, *command], stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3, done
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_cannot_be_written_is_no_verdict(repo: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PENSTOCK, "run", repo, "--out", tmp_path / "out", "--progress", "none"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3, done
    assert "Traceback" not in done.stderr


def test_ctrl_c_where_nothing_was_scanned_is_an_interruption_too(repo: Path) -> None:
    program = (
        "import signal, sys, threading, os;"
        "from pipeline.cli import app, options;"
        "options.surroundings = lambda: os.kill(os.getpid(), signal.SIGINT) or {};"
        f"sys.exit(app.answer(['plan', {str(repo)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr
