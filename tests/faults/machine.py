"""Faults of the machine on which Penstock runs: no room, no rights, a clock that is set."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.faults.bench import TOOL, Bench
from tests.faults.ground import ROOT, Ground, as_somebody
from tests.faults.tables import TRIVY, today, whole_osv, whole_trivy
from tests.support import poor
from tests.support.command import PENSTOCK, Bundle, Ran, penstock

_DAY: Final = 86_400
"""Further back, the tools would be younger than the policy lets them be."""
_YEARS: Final = 10 * 366 * _DAY
_KIB: Final = "24k"


def _small(one: Ground) -> tuple[str, ...]:
    """Mount a file system with next to no room where the run alone sees it."""
    how = f'mount -t tmpfs -o size={_KIB},mode=1777 none {one.place}/small && exec "$@"'
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return ("unshare", *user, "--mount", "sh", "-c", how, "sh")


def _no_room_for_evidence(one: Ground) -> Ran:
    return as_somebody(one, first=_small(one), out=one.place / "small/out")


def _no_room_for_the_copy(one: Ground) -> Ran:
    return as_somebody(one, first=_small(one), TMPDIR=one.place / "small")


def _short_files(one: Ground) -> Ran:
    return as_somebody(one, "prlimit", "--fsize=4096")


def little_memory(one: Ground, megabytes: int = 80) -> Ran:
    """Give Penstock so much room for addresses: it takes about 110 MiB for a verdict."""
    return as_somebody(one, "prlimit", f"--as={megabytes << 20}")


def _no_processes(one: Ground) -> Ran:
    return as_somebody(one, "prlimit", "--nproc=1")


def _output_of_others(one: Ground) -> Ran:
    theirs = one.place / "theirs"
    theirs.mkdir(mode=0o555)
    return as_somebody(one, out=theirs / "out")


class Fault(NamedTuple):
    """What goes wrong, and how a run ends that never judged."""

    make: Callable[[Ground], Ran]
    code: int
    said: str


REFUSED: Final[Mapping[str, Fault]] = {
    "no room for the evidence": Fault(_no_room_for_evidence, 3, "No space left on device"),
    "no room for the private copy": Fault(_no_room_for_the_copy, 3, "let TMPDIR name a folder"),
    "files may not grow": Fault(_short_files, 3, "File too large"),
    "no memory": Fault(little_memory, 3, "gives Penstock no more"),
    "no processes": Fault(_no_processes, 3, "gives Penstock no more"),
    "output that may only be read": Fault(_output_of_others, 2, "choose another --out"),
}
"""A clear error, and nothing that could be taken for a verdict."""


def _while_it_runs(one: Ground, change: Callable[[Path], object]) -> Bundle:
    """Let the tool take its time, and change something in it."""
    tool = TOOL[one.bench.stages[0]]
    one.bench.tools.wrap(tool, "sleep 1.5")
    process = subprocess.Popen(
        [PENSTOCK, "run", one.bench.shop, "--out", one.out, "--progress", "json"],
        env={**_surroundings(), "PENSTOCK_TOOLS": str(one.bench.tools.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if '"started"' in line:
            time.sleep(0.2)
            change(one.bench.shop)
            break
    process.communicate(timeout=120)
    return Bundle(one.out)


def _surroundings() -> dict[str, str]:
    kept = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _appended(name: str) -> Callable[[Path], object]:
    def change(shop: Path) -> None:
        with (shop / name).open("a") as file:
            file.write("\n# changed\n")

    return change


def _set_clock(one: Ground, *steps: int) -> Bundle:
    """Run under a clock that is off by these seconds, each time that it is looked at."""
    words = ("-m", "tests.support.clocked", ",".join(map(str, steps)))
    python = PENSTOCK.parent / "python"
    penstock(
        *words, "run", one.bench.shop, "--out", one.out, program=python, cwd=ROOT,
        extra={"PENSTOCK_TOOLS": str(one.bench.tools.path)},
    )  # fmt: skip
    return Bundle(one.out)


def _no_walls(one: Ground) -> Bundle:
    """Require walls of a kernel that allows no namespaces; one that does gives them."""
    policy = one.bench.shop / "policies/gate.yaml"
    policy.write_text(policy.read_text().replace("evidence:\n", "evidence:\n  sandbox: required\n"))
    assert one.run().code == 0
    one.run(sys.executable, "-I", poor.__file__, "isolation", out=one.place / "poor")
    return Bundle(one.place / "poor")


def _few_descriptors(one: Ground) -> Bundle:
    as_somebody(one, "prlimit", "--nofile=8")
    return Bundle(one.place / "tmp/out")


class Moved(NamedTuple):
    """What goes wrong under the run, and the gaps that say so: of the whole run, or a stage."""

    make: Callable[[Ground], Bundle]
    gaps: frozenset[tuple[str | None, str | None, str]]


def _moved(make: Callable[[Ground], Bundle], *gaps: tuple[str | None, str]) -> Moved:
    return Moved(make, frozenset((None, *gap) for gap in gaps))


def _edited(name: str) -> Callable[[Ground], Bundle]:
    return lambda one: _while_it_runs(one, _appended(name))


_POLICY: Final = (None, "policy_untrusted")
MOVED: Final[Mapping[str, Moved]] = {
    "the target changes during the scan": _moved(
        _edited("app/main.py"), ("app/main.py", "digest_mismatch")
    ),
    "a file goes during the scan": _moved(
        lambda one: _while_it_runs(one, lambda shop: (shop / "README.md").unlink()),
        ("README.md", "digest_mismatch"),
    ),
    "a file is added during the scan": _moved(
        lambda one: _while_it_runs(one, lambda shop: (shop / "app/late.py").touch()),
        ("app/late.py", "digest_mismatch"),
    ),
    "the policy changes during the scan": _moved(
        _edited("policies/gate.yaml"), _POLICY, ("policies/gate.yaml", "digest_mismatch")
    ),
    "an exception is added during the scan": _moved(
        lambda one: _while_it_runs(one, _with_an_exception),
        _POLICY,
        ("policies/exceptions/EX-2026-0099.yaml", "digest_mismatch"),
    ),
    "a rule is added during the scan": _moved(
        lambda one: _while_it_runs(one, _with_a_rule),
        _POLICY,
        ("policies/semgrep/own.yml", "digest_mismatch"),
    ),
    "the clock is set back during the scan": _moved(
        lambda one: _set_clock(one, 0, -3600), (None, "clock")
    ),
    "the clock is set forward during the scan": _moved(
        lambda one: _set_clock(one, 0, 3600), (None, "clock")
    ),
    "no walls, where the policy requires them": Moved(
        _no_walls, frozenset({("workflows", None, "tool_denied")})
    ),
    "no file descriptors": Moved(_few_descriptors, frozenset({("workflows", None, "tool_failed")})),
}
"""Most are gaps of the whole run, of no stage."""


def _with_a_rule(shop: Path) -> None:
    folder = shop / "policies/semgrep"
    folder.mkdir(exist_ok=True)
    (folder / "own.yml").write_text("rules: []\n")


def _with_an_exception(shop: Path) -> None:
    folder = shop / "policies/exceptions"
    folder.mkdir(exist_ok=True)
    (folder / "EX-2026-0099.yaml").write_text("id: EX-2026-0099\n")


class Aged(NamedTuple):
    """A stage whose feed is whole and of today, under a clock that is years off."""

    stage: str
    years: int
    reason: str

    def make(self, one: Ground) -> Bundle:
        return _set_clock(one, -_DAY if self.years < 0 else self.years * _YEARS)


AGED: Final = tuple(
    Aged(stage, sign, reason)
    for stage in ("pip-audit", "packages", "image")
    for sign, reason in ((-1, "feed_future"), (1, "feed_stale"))
)


def of_today(bench: Bench) -> None:
    """Call the example's excerpts whole feeds of today."""
    whole_osv(bench.shop, today())
    if (bench.shop / TRIVY).exists():
        whole_trivy(bench.shop, excerpt=False, updated=today())
