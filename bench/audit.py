"""`penstock audit export` over 1,000 bundles of 1,000 findings, no two findings alike."""

import resource
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import bundle
import gate
import msgspec
from measure import PENSTOCK, Line, command

from pipeline.model.identity import digest
from pipeline.policy.case import Case

BUNDLES = 1_000


def lines() -> Iterator[Line]:
    """Write the bundles of a hundred repositories, and export them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "bundles").mkdir()
        made = gate.case(bundle.FINDINGS)
        for number in range(BUNDLES):
            write(root / "bundles" / str(number), made, number)
        cost = command(
            PENSTOCK, "audit", "export", "--from", "2026-01-01", "--to", "2026-12-31",
            "--bundles", root / "bundles", "--out", root / "export", runs=1,
        )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield Line("`penstock audit export`, 1,000 bundles of 1,000 findings, CPU", cost.cpu, 60, "s")
    yield Line("its memory", peak, 512, "MB")


def write(out: Path, made: Case, number: int) -> None:
    """Write one bundle: findings of its own, ten bundles a day."""
    findings = tuple(
        msgspec.structs.replace(
            one, id=digest(one.id, number), track_ids=(f"sca/exact/1:{digest(one.id, number)}",)
        )
        for one in made.findings
    )
    when = made.now - timedelta(days=number // 10)
    case = msgspec.structs.replace(made, findings=findings, now=when, environment="main")
    bundle.write(out, case, target=f"/ci/repository-{number % 100}")


if __name__ == "__main__":
    for line in lines():
        print(line)
