"""Penstock on a machine whose kernel allows no namespaces: it says so, and scans all the same."""

import json
import os
import socket
import sys
from typing import Final

import pytest

from pipeline.programs import landlock
from tests.faults.bench import Bench
from tests.support import poor
from tests.support.command import Bundle, penstock

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

PREFIX: Final = (sys.executable, "-I", poor.__file__)


@pytest.mark.parametrize("without", ["isolation", pytest.param("landlock", marks=pytest.mark.slow)])
def test_doctor_says_why_scanners_are_walled_in_less(without: str) -> None:
    done = penstock("doctor", "--format", "json", cwd=None, prefix=(*PREFIX, without))

    checks = {one["name"]: one for one in json.loads(done.out)["checks"]}
    level, _, _ = checks["sandbox"]["value"].partition(":")
    assert level == ("landlock" if without == "isolation" and landlock.version() else "none")
    assert checks["sandbox"]["state"] == "note"
    assert "sysctl user.max_user_namespaces" in checks["sandbox"]["hint"]


@pytest.mark.slow
@pytest.mark.skipif(landlock.version() < landlock.PORTS_SINCE, reason="needs Linux 6.7")
def test_a_bought_pip_audit_reaches_nothing_but_our_server_there(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bench = Bench(tmp_path_factory.mktemp("poor"), "pip-audit")
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = f"import socket; socket.create_connection({server.getsockname()!r}, 3)"
        bench.tools.wrap("pip-audit", f"/usr/bin/python3 -c {call!r} && exit 9")
        out = bench.folder / "poor"
        done = penstock(
            "run", bench.shop, "--out", out,
            prefix=(*PREFIX, "isolation"), extra={"PENSTOCK_TOOLS": str(bench.tools.path)},
        )  # fmt: skip
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()

    assert (done.code, Bundle(out).verdict["verdict"]) == (0, "PASS"), done.out
    assert Bundle(out).json("run.json")["sandbox"] == {"pip-audit": "landlock"}
    (stage,) = [s for s in Bundle(out).json("coverage.json")["stages"] if s["stage"] == "pip-audit"]
    assert stage["sandbox"] == "landlock"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can cover a part of /proc")
def test_scanners_work_where_a_container_covers_parts_of_proc(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stages = ("semgrep", "pip-audit", "image", "config", "workflows", "sbom")
    bench = Bench(tmp_path_factory.mktemp("covered"), *stages)
    cover = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc/tty && exec "$@"', "sh")
    out = bench.folder / "covered"
    done = penstock("run", bench.shop, "--out", out, prefix=cover)

    assert (done.code, Bundle(out).verdict["verdict"]) == (0, "PASS"), done.out
    assert set(Bundle(out).json("run.json")["sandbox"].values()) == {"isolated"}
