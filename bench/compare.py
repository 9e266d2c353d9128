"""`penstock policy diff` over 1,000 bundles of 1,000 findings, with 1,000 exceptions."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bundle
import gate
from measure import PENSTOCK, Line, command

BUNDLES = 1_000


def lines() -> Iterator[Line]:
    """Write the bundles and two policies, and compare them once."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        runs.mkdir()
        bundle.write(runs / "0")
        for number in range(1, BUNDLES):
            shutil.copytree(runs / "0", runs / str(number))
        sides = [Path(folder) / name for name in ("base", "head")]
        for side in sides:
            write(side, softer=side.name == "head")
        cost = command(PENSTOCK, "policy", "diff", *sides, "--bundles", runs, runs=1)
    yield Line("`penstock policy diff`, 1,000 bundles of 1,000 findings, wall", cost.wall, 60, "s")


def write(folder: Path, *, softer: bool) -> None:
    """Write the policy of the gate's own measurement, or one that minds less."""
    for name, data in gate.policy_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.replace(b"[critical, high]", b"[critical]") if softer else data)
