"""Pieces with budgets of their own: the gate, the tools' digests, a bill of materials."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gate
from measure import Line

from pipeline.model import identity
from pipeline.model.artifact import Tool
from pipeline.model.finding import Kind
from pipeline.model.outcome import Canary, Completed, StageEvidence
from pipeline.model.severity import Severity
from pipeline.policy.judging.gate import judge
from pipeline.stages.sbom.model import Bom, Component
from pipeline.stages.sbom.write import write
from pipeline.store import history
from pipeline.store.looks import look
from pipeline.toolchain import lock as locks
from pipeline.toolchain import note, record
from pipeline.toolchain.locate import default_root, locate

TOOLS = ("semgrep", "pip-audit", "cyclonedx-bom", "zizmor", "trivy")


def lines() -> Iterator[Line]:
    """Measure each in this process."""
    case = gate.case()
    yield Line("gate: 100,000 findings, 1,000 exceptions, CPU", _cpu(lambda: judge(case)), 2.0, "s")
    yield Line("tool verification: every byte of five tools, wall", _wall(verify), 1.0, "s")
    yield Line("of it, holding environments against RECORD, CPU", _cpu(records), 0.1, "s")
    with tempfile.TemporaryDirectory() as folder:
        recall = _history(Path(folder) / "history.sqlite")
        yield Line("history of 10,000 findings: read, sealed, ages of 1,000, CPU",
                   _cpu(recall), 0.05, "s")  # fmt: skip
    bom = _bom()
    yield Line("SBOM of 100 components, written and validated, CPU",
               _cpu(lambda: write(bom, subject="sha256:0")), 1.5, "s")  # fmt: skip


def verify() -> None:
    """Read every byte of the installed tools."""
    found = locate(TOOLS, root=default_root(os.environ), overrides={})
    assert all(isinstance(tool, Tool) for tool in found.values()), found


def records() -> None:
    """Hold what was noted of the installed tools against the RECORD of each package in them."""
    lock, root = locks.read(), default_root(os.environ)
    for name, tool in lock.tools.items():
        folder = root / locks.folder_name(name, tool)
        noted = note.read(folder)
        assert noted is not None, name
        assert record.fault(tool, folder, noted.files, noted.program) == "", name


def _history(path: Path) -> Callable[[], object]:
    """Record 10,000 findings in packages, and return what a run asks of them."""
    evidence = StageEvidence(
        stage="pip-audit",
        outcome=Completed(asked=1, answered=1, gaps=(), canary=Canary.FOUND),
    )
    found = [
        identity.new(
            kind=Kind.SCA,
            stage="pip-audit",
            rule=f"CVE-2026-{number}",
            target="requirements.txt",
            purl=f"pkg:pypi/package-{number}@1.0",
            title="",
            message="",
            severity=Severity.HIGH,
        )
        for number in range(10_000)
    ]
    at = "2026-01-01T00:00:00Z"
    run = history.NewRun(
        at=at,
        commit="c" * 40,
        ref="main",
        environment="main",
        verdict="FAIL",
        stages=(),
        expected=None,
    )
    looked = look(evidence, at=at)
    assert looked is not None
    history.record(path, run, key=b"key", findings=found, looks=[looked], descends=lambda _: True)

    def recall() -> object:
        known = history.read(path, key=b"key", ref="main", descends=lambda _: True)
        assert known.standing == "used"
        return known.dated(found[:1000])

    return recall


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
