"""Dependencies of Python manifests: pip-audit beside an OSV server over a pinned snapshot."""

import json
import sys
from pathlib import Path
from typing import Final

from pipeline.model.finding import Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory, Pin
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.stages.base import Job, Options, Reports, take, untouched
from pipeline.stages.pip_audit import answer, report
from pipeline.stages.pip_audit import rounds as ask
from pipeline.toolchain.command import Command, Cost

KIND: Final = Kind.SCA
TOOLS: Final[tuple[str, ...]] = ("pip-audit",)
FEEDS: Final[tuple[str, ...]] = ("osv",)
redact = redact_log = untouched

_PROGRAM: Final = Path(__file__).parents[2] / "programs" / "osv_audit.py"
_LIMIT: Final = 256 << 20
"""Bytes that pip-audit may write in one round."""


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every dependency that a manifest names; what has no exact version is a gap."""
    del options
    pinned = {(pin.manifest, pin.name) for pin in inventory.pins if _is_asked(pin)}
    gaps = (gap for pin in inventory.pins if (gap := _gap(pin, pinned)) is not None)
    asked = {pin.target for pin in inventory.pins}
    return Scope(asked=tuple(sorted(asked)), gaps=tuple(sorted(set(gaps), key=repr)))


def _is_asked(pin: Pin) -> bool:
    return pin.problem is None and ask.key_of(pin) is not None


def _gap(pin: Pin, pinned: set[tuple[str, str]]) -> Gap | None:
    if pin.answered_by:
        if (pin.answered_by, pin.name) in pinned:
            return None
        detail = f"{pin.answered_by} does not pin {pin.name}"
        return Gap(stage=answer.STAGE, target=pin.target, reason=GapReason.UNPINNED, detail=detail)
    if pin.problem is not None:
        return Gap(stage=answer.STAGE, target=pin.target, reason=pin.problem, detail=pin.detail)
    if ask.key_of(pin) is None:
        detail = "no name and version that Python packaging knows"
        return Gap(
            stage=answer.STAGE, target=pin.target, reason=GapReason.UNSUPPORTED, detail=detail
        )
    return None


def commands(job: Job) -> tuple[Command, ...]:
    """Order one process: our OSV server with pip-audit beside it, round by round."""
    rounds = ask.rounds(job.inventory.pins)
    if rounds is None:
        return ()
    tool, feed = job.tool("pip-audit"), job.feed("osv")
    flats = {
        job.work / f"{answer.STAGE}.{number}.txt": ask.flat(keys)
        for number, keys in enumerate(rounds.asked, start=1)
    }
    spec = {
        "tool": tool.path,
        "flats": [str(path) for path in flats],
        "snapshot": feed.path,
        "packages": {name: str(folder) for name, folder in _packages().items()},
        "canary": ask.record(rounds.canary),
        "known": [rounds.known.name],
        "limit": _LIMIT,
    }
    order = job.work / f"{answer.STAGE}.spec.json"
    return (
        Command(
            label=answer.STAGE,
            tool="pip-audit",
            argv=(sys.executable, "-I", "-S", str(_PROGRAM), str(order)),
            cwd=job.work,
            env=(),
            answers=frozenset({0}),
            reads=(Path(feed.path), *_packages().values()),
            programs=(Path(tool.path),),
            loopback=True,
            inputs=((order, json.dumps(spec, indent=1).encode()), *flats.items()),
            timeout=job.options.timeout,
            cost=Cost(cpu=0.5, memory_mb=384, seconds=1.5),
        ),
    )


def _packages() -> dict[str, Path]:
    """Name the folders of this package and of the `packaging` with which the parser compares.

    Not the one in pip-audit's environment: server and parser must agree about versions, and a
    tool that the user put there himself may be laid out in any way.
    """
    import packaging

    return {
        "pipeline": Path(__file__).parents[2],
        "packaging": Path(str(packaging.__file__)).parent,
    }


def parse(job: Job, reports: Reports) -> Answer:
    """Read what was asked and answered; nothing is answered that was not asked of our server."""
    pins = job.inventory.pins
    rounds = ask.rounds(pins)
    if rounds is None:
        return Answer(findings=(), answered=frozenset(), gaps=(), canary=Canary.NONE)
    audit = report.read(take(reports, answer.STAGE).data, rounds=len(rounds.asked))
    told = [answer.by_key(report.dependencies(one)) for one in audit.rounds]
    seen = answer.Seen.of(told, audit)
    fates = answer.fates(pins, seen)
    return Answer(
        findings=tuple(answer.findings(pins, seen)),
        answered=frozenset(target for target, gap in fates.items() if gap is None),
        gaps=tuple(gap for gap in fates.values() if gap is not None),
        canary=answer.canary(rounds, told, audit, complete=not job.feed("osv").excerpt),
    )
