"""Pieces with budgets of their own: the gate, the tools' digests, a bill of materials."""

import os
import statistics
import time
from collections.abc import Callable, Iterator

import gate
from measure import Line

from pipeline.model.artifact import Tool
from pipeline.policy.judging.gate import judge
from pipeline.stages.sbom_model import Bom, Component
from pipeline.stages.sbom_write import write
from pipeline.toolchain.locate import default_root, locate

TOOLS = ("semgrep", "pip-audit", "cyclonedx-bom", "zizmor", "trivy")


def lines() -> Iterator[Line]:
    """Measure each in this process."""
    case = gate.case()
    yield Line("gate: 100,000 findings, 1,000 exceptions, CPU", _cpu(lambda: judge(case)), 2.0, "s")
    yield Line("tool verification: every byte of five tools, wall", _wall(verify), 1.0, "s")
    bom = _bom()
    yield Line("SBOM of 100 components, written and validated, CPU",
               _cpu(lambda: write(bom, subject="sha256:0")), 1.5, "s")  # fmt: skip


def verify() -> None:
    """Read every byte of the installed tools."""
    found = locate(TOOLS, root=default_root(os.environ), overrides={})
    assert all(isinstance(tool, Tool) for tool in found.values()), found


def _bom() -> Bom:
    names = [f"package-{number}" for number in range(100)]
    components = [
        Component(
            ref=f"pkg:pypi/{name}@1.0",
            kind="library",
            name=name,
            version="1.0",
            purl=f"pkg:pypi/{name}@1.0",
        )
        for name in names
    ]
    return Bom(
        root=Component(ref="root", kind="application", name="root"),
        components={one.ref: one for one in components},
        depends=frozenset(("root", one.ref) for one in components),
        tools=frozenset(),
        complete="complete",
    )


def _cpu(work: Callable[[], object]) -> float:
    return statistics.median(_timed(work, time.process_time) for _ in range(3))


def _wall(work: Callable[[], object]) -> float:
    return statistics.median(_timed(work, time.perf_counter) for _ in range(3))


def _timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    begun = clock()
    work()
    return clock() - begun
