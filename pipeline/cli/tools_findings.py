"""Scans an example by the tools of two locks, and says what else is found."""

import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.cli import request
from pipeline.config.settings import Flags
from pipeline.model.finding import Finding
from pipeline.model.record import RunRecord
from pipeline.runner.run import run
from pipeline.toolchain import lock as locks
from pipeline.toolchain.install import install
from pipeline.toolchain.locking.proposal import Proposal, write
from pipeline.toolchain.releases import Releases
from pipeline.watch import Watcher


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What every step of locking is done with."""

    environment: Mapping[str, str]
    watcher: Watcher
    now: datetime
    work: Path
    """A throw-away folder."""
    lock: locks.Lock
    """As it is before."""
    releases: Releases


class Found(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A finding that only one of the two scans has, or that each has otherwise."""

    stage: str
    rule: str
    where: str
    before: str
    """Its severity; empty where it was not found."""
    after: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two scans of one example."""

    example: str
    before: str
    """The verdict by the tools that are locked."""
    after: str
    same: int
    """How many findings did not change."""
    found: tuple[Found, ...]
    unanswered: tuple[str, ...]
    """What only the scan by the new tools left unanswered."""


def compare(shop: Shop, proposal: Proposal, example: Path) -> Difference:
    """Install what is new beside what is there, and scan the example by either."""
    home = _copy(shop, proposal)
    before = _scan(shop, shop.lock, proposal.tools, example, "before")
    after = _scan(shop, locks.read(home), proposal.tools, example, "after")
    return Difference(
        example=str(example),
        before=before.verdict.verdict,
        after=after.verdict.verdict,
        same=len(_said(before.findings).items() & _said(after.findings).items()),
        found=tuple(sorted(_changed(before.findings, after.findings))),
        unanswered=tuple(sorted(_unanswered(after) - _unanswered(before))),
    )


def _copy(shop: Shop, proposal: Proposal) -> locks.Home:
    """Write the proposed lock into a folder of its own: what is locked stays as it is for now."""
    old = shop.lock.home or locks.shipped()
    home = locks.Home(tools=shop.work / "new/tools", requirements=shop.work / "new/requirements")
    shutil.copytree(old.tools, home.tools)
    shutil.copytree(old.requirements, home.requirements)
    write(home, proposal.files)
    return home


def _scan(
    shop: Shop, lock: locks.Lock, names: tuple[str, ...], example: Path, label: str
) -> RunRecord:
    flags = Flags(target=example, out=str(shop.work / label / "bundle"), offline=True)
    asked = request.read(flags, environment=shop.environment, now=shop.now)
    install(
        names,
        root=asked.settings.tools_root,
        environment=shop.environment,
        watcher=shop.watcher,
        lock=lock,
        releases=shop.releases,
    )
    workspace = shop.work / label / "work"
    workspace.mkdir(parents=True)
    begun = time.monotonic()
    return run(
        msgspec.structs.replace(asked, lock=lock),
        workspace=workspace.resolve(),
        stop=threading.Event(),
        watcher=shop.watcher,
        elapsed=lambda: time.monotonic() - begun,
        shown=lambda: time.monotonic() - begun,
    )


def _said(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {one.id: one.severity.value for one in findings}


def _changed(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> Iterator[Found]:
    old, new = _said(before), _said(after)
    for one in {each.id: each for each in (*before, *after)}.values():
        was, now = old.get(one.id, ""), new.get(one.id, "")
        if was != now:
            line = f":{one.location.line}" if one.location else ""
            where = one.location.path if one.location else one.purl or one.target
            yield Found(
                stage=one.stage, rule=one.rule, where=f"{where}{line}", before=was, after=now
            )


def _unanswered(record: RunRecord) -> set[str]:
    return {
        f"{one.stage or 'the run'}: {one.target or 'all of it'}: {one.reason.value}"
        for one in record.verdict.unanswered
    }
