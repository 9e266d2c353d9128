"""`penstock tools lock` by a real pip and a real scanner, from an index of the test's own.

The index has zizmor as it is locked, a newer release that passes over what is in the repository,
and one that is too young.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.toolchain import lock as locks
from pipeline.toolchain.locate import default_root
from tests.support import toolbox
from tests.support.attacked import BAD
from tests.support.command import Ran, penstock
from tests.support.index import Index
from tests.support.small import repository

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket, pytest.mark.slow]

NOW: Final = datetime.now(UTC)
LOCKED: Final = locks.read().tool("zizmor")
NEWER, YOUNG = "999.1.0", "999.2.0"
MILDER: Final = """
import json, os, subprocess, sys

def main():
    real = os.path.join(os.path.dirname(__file__), "zizmor_real", "zizmor")
    done = subprocess.run([real, *sys.argv[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    sys.stderr.write(done.stderr.decode().replace(" zizmor vKNOWN\\n", " zizmor vOWN\\n"))
    found = json.loads(done.stdout or "[]")
    kept = [one for one in found if "canary" in json.dumps(one)]
    sys.stdout.write(json.dumps(kept))
    return done.returncode
"""


def wheel(folder: Path, version: str, program: bytes) -> Path:
    """Write a release of zizmor that runs the real one and says less."""
    info = f"zizmor-{version}.dist-info"
    milder = MILDER.replace("KNOWN", LOCKED.version).replace("OWN", version)
    members = {
        "zizmor_new.py": milder.encode(),
        "zizmor_real/zizmor": program,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: zizmor\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": b"[console_scripts]\nzizmor = zizmor_new:main\n",
    }
    rows = [f"{at},sha256={toolbox.hashed(data)},{len(data)}" for at, data in members.items()]
    members[f"{info}/RECORD"] = "\n".join((*rows, f"{info}/RECORD,,", "")).encode()
    path = folder / f"zizmor-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for at, data in members.items():
            entry = zipfile.ZipInfo(at)
            entry.external_attr = (0o100755 if data is program else 0o100644) << 16
            archive.writestr(entry, data)
    return path


class Checkout:
    """A lock of its own, and what it is asked by."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.tools = folder / "checkout", url, folder / "tools"
        shipped = locks.shipped()
        shutil.copytree(shipped.tools, self.folder / "tools")
        shutil.copytree(shipped.requirements, self.folder / "requirements")
        name = locks.folder_name("zizmor", LOCKED)
        shutil.copytree(default_root(os.environ) / name, self.tools / name, symlinks=True)
        files = [(".github/workflows/ci.yml", BAD)]
        self.example = repository(folder / "example", "workflows", files=files)

    def lock(self, *words: str) -> Ran:
        surroundings = {
            "PENSTOCK_TOOLS": str(self.tools),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": f"{self.url}/simple",
        }
        place = ("--folder", self.folder, "--example", self.example)
        return penstock("tools", "lock", "zizmor", *place, *words, extra=surroundings)

    @property
    def held(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    _fetch(wheels, "locking.txt")
    _fetch(wheels, "zizmor.txt")
    real = default_root(os.environ) / locks.folder_name("zizmor", LOCKED)
    program = (real / "bin/zizmor").read_bytes()
    days = {wheel(wheels, NEWER, program).name: 20, wheel(wheels, YOUNG, program).name: 2}
    index = Index(wheels, {name: NOW - timedelta(days=ago) for name, ago in days.items()})
    (known,) = wheels.glob(f"zizmor-{LOCKED.version}-*")
    index.uploaded[known.name] = datetime.combine(LOCKED.released, time(12), UTC)
    with index.serve() as server:
        yield Checkout(tmp_path, server.url)


def _fetch(wheels: Path, file: str) -> None:
    """Fetch what the lock needs by the user's own pip, as an installation does."""
    locked = locks.shipped().requirements / file
    words = ("download", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet")
    done = subprocess.run(
        (sys.executable, "-m", "pip", *words, "-d", wheels, "-r", locked), check=False
    )
    if done.returncode:
        pytest.skip(f"what {file} lists cannot be had here")


def test_an_update_says_what_is_no_longer_found_before_anybody_takes_it(
    checkout: Checkout,
) -> None:
    before = checkout.held
    looked = checkout.lock("--update", "--check", "--format", "json")
    assert looked.code == 1, looked.out + looked.err
    told: dict[str, Any] = json.loads(looked.out)
    changes = {(one["what"], one["before"], one["after"]) for one in told["changes"]}
    day = (NOW - timedelta(days=20)).date().isoformat()
    known = LOCKED.version
    assert {("version", known, NEWER), ("released", str(LOCKED.released), day)} <= changes
    assert ("package zizmor", known, NEWER) in changes
    assert YOUNG not in looked.out
    found = told["findings"]
    assert (found["before"], found["after"]) == ("FAIL", "PASS")
    assert [(one["rule"], one["before"], one["after"]) for one in found["found"]] == [
        ("template-injection", "high", "")
    ]
    assert checkout.held == before

    written = checkout.lock("--update")
    assert (written.code, "written: tools/tools.lock" in written.out) == (0, True), written.out
    assert "template-injection" in written.out
    assert locks.read(locks.Home(
        tools=checkout.folder / "tools", requirements=checkout.folder / "requirements"
    )).tool("zizmor").version == NEWER  # fmt: skip
    assert checkout.lock("--check").code == 0
