"""What changed while a run went on, so that its verdict is not about what is there now."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from pipeline.config.trust import policy_files
from pipeline.errors import PenstockError
from pipeline.inventory.copy import stamp_of
from pipeline.inventory.take import Request, appeared
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory, Stamp
from pipeline.plan.make import request_of
from pipeline.plan.model import Plan

_JUMP: Final = 60.0
"""Seconds by which the clock may be set while a run goes on."""
_ON_DISK: Final = "working-tree:"
_NAMED: Final = 10
"""So many files are named one by one."""


def gaps(plan: Plan, *, elapsed: float, shown: float) -> tuple[Gap, ...]:
    """Look at the target, the policy and the clock once more, when the scanners have ended."""
    asked = request_of(plan.settings)
    asked = msgspec.structs.replace(asked, ignore=(*asked.ignore, plan.workspace))
    found = (*target(plan.inventory), *added(plan.inventory, asked))
    return (*found, *_policy(plan), *clock(elapsed, shown))


def clock(elapsed: float, shown: float) -> Iterator[Gap]:
    """Say when the clock moved by more than the time that passed: ages rest on it."""
    if abs(shown - elapsed) > _JUMP:
        detail = f"the clock was set by {shown - elapsed:+.0f} seconds while the run went on"
        yield Gap(stage=None, target=None, reason=GapReason.CLOCK, detail=detail)


def target(inventory: Inventory) -> Iterator[Gap]:
    """Name the files that are not any more what was copied of them."""
    changed = [one.path for one in inventory.stamps if not _is_same(Path(inventory.root), one)]
    yield from _named(changed, "changed", "what was looked at is how it was before")


def added(inventory: Inventory, request: Request) -> Iterator[Gap]:
    """Name what is there now and was not when it was listed, unless it would be left out."""
    try:
        new = appeared(inventory, request)
    except PenstockError as error:
        detail = f"the target cannot be listed again: {error.message}"
        yield Gap(stage=None, target=None, reason=GapReason.NOT_READ, detail=detail)
        return
    yield from _named(new, "appeared", "nobody looked at it")


def _named(paths: Sequence[str], how: str, so: str) -> Iterator[Gap]:
    for path in paths[:_NAMED]:
        detail = f"{how} while the run went on: {so}"
        yield Gap(stage=None, target=path, reason=GapReason.DIGEST_MISMATCH, detail=detail)
    if len(paths) > _NAMED:
        detail = f"{len(paths) - _NAMED} more files {how} while the run went on"
        yield Gap(stage=None, target=None, reason=GapReason.DIGEST_MISMATCH, detail=detail)


def _is_same(root: Path, stamp: Stamp) -> bool:
    try:
        status = os.lstat(os.fsencode(root) + b"/" + stamp.place)
    except OSError:
        return False
    return stamp_of(stamp.path, os.fsdecode(stamp.place), status) == stamp


def _policy(plan: Plan) -> Iterator[Gap]:
    """Read a policy of the working tree again; one of a commit or of the wheel cannot change."""
    judged = plan.policy_files
    if not judged.source.startswith(_ON_DISK):
        return
    try:
        same = policy_files(plan.settings, None, None).files == judged.files
    except PenstockError:
        same = False
    if not same:
        detail = "the policy changed while the run went on: what was judged by is how it was before"
        yield Gap(stage=None, target=None, reason=GapReason.POLICY_UNTRUSTED, detail=detail)
