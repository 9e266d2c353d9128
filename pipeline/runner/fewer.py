"""What a run looks at no more, held against commits that were looked at before."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.config.base import repository_of
from pipeline.errors import PenstockError
from pipeline.inventory.earlier import Earlier, earlier
from pipeline.inventory.take import SOURCE
from pipeline.model import identity
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.inventory import Inventory
from pipeline.model.severity import Confidence, Severity
from pipeline.plan.make import request_of
from pipeline.plan.model import Plan, Planned
from pipeline.runner.moved import Moved
from pipeline.stages import STAGES

FEWER: Final = "penstock.fewer-targets"
GONE: Final = "penstock.stage-gone"
ALL: Final = "(all)"
"""Stands for all targets of a stage, where the policy tolerates that there are none."""
_OF_PACKAGES: Final = frozenset({"pip-audit", "packages", "sbom"})
"""Stages whose questions outlive the file that asks them: what it names is installed still."""
_ARCHIVES: Final = (
    *(".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".whl", ".egg"),
    *(".pyz", ".jar", ".war", ".ear", ".nupkg", ".gem", ".crate", ".phar", ".asar"),
    *(".pyc", ".pyo", ".class", ".so", ".pyd", ".wasm"),
)
_MARKS: Final = (
    b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd", b"Rar!",
)  # fmt: skip
_TAR: Final = b"ustar"
_HEAD: Final = 512


class Fewer(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing against before, and why that could not be said."""

    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()


class _Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a stage asked about and does not any more."""

    stage: str
    path: str
    why: str


def fewer(plan: Plan, commits: Iterable[str]) -> Fewer:
    """Hold what is asked against what was, at each commit. One that cannot be read is a gap."""
    repository = repository_of(plan.settings.root)
    found: dict[str, Finding] = {}
    gaps: set[Gap] = set()
    for commit in dict.fromkeys(commits) if repository else ():
        try:
            before = _before(plan, commit, Path(os.path.realpath(repository or "")))
        except PenstockError as error:
            told = f"what {commit[:12]} held cannot be read: {error.message}"
            gaps.add(Gap(stage=None, target=None, reason=GapReason.BASE_MISSING, detail=told))
            continue
        for finding, gap in _compared(plan, before):
            found.setdefault(finding.id, finding)
            gaps.update(gap)
    return Fewer(findings=tuple(found.values()), gaps=tuple(sorted(gaps, key=repr)))


def _before(plan: Plan, commit: str, repository: Path) -> Earlier:
    scratch = plan.workspace / f"earlier-{commit[:12]}"
    request = request_of(plan.settings)
    real = msgspec.structs.replace(request, root=Path(os.path.realpath(request.root)))
    return earlier(real, commit, repository=repository, now=plan.inventory, scratch=scratch)


def _compared(plan: Plan, before: Earlier) -> Iterator[tuple[Finding, tuple[Gap, ...]]]:
    change = _Change(plan, before)
    lost: dict[str, list[_Lost]] = defaultdict(list)
    for planned in plan.stages:
        if planned.required == "no":
            continue
        gone = change.gone(planned)
        for one in filter(None, (change.lost(planned, path) for path in gone)):
            lost[one.path].append(one)
        if gone and not planned.scope.asked:
            yield _stage_gone(planned.stage, gone, before.commit)
    for path, losses in sorted(lost.items()):
        yield _fewer(path, losses, before.commit), ()


class _Change:
    """The tree of before and the tree of now, as far as they differ."""

    def __init__(self, plan: Plan, before: Earlier) -> None:
        self._plan, self._before, self._now = plan, before, plan.inventory
        self._files = {one.path: one for one in self._now.files}
        was = {one.path for one in before.inventory.files}
        texts = {path: _read(before.tree / SOURCE, path) for path in was}
        new = [
            path
            for path, file in self._files.items()
            if not file.binary and (path in was or path not in before.files)
        ]
        self._moved = Moved(texts, new, lambda path: _read(plan.tree / SOURCE, path))
        self._closed = tuple(self._newly_closed())

    def gone(self, planned: Planned) -> tuple[str, ...]:
        """Return the files that a stage asked about, and does not ask about now."""
        try:
            scope = STAGES[planned.stage].scope(self._before.inventory, planned.options)
        except ToolError:
            return ()
        were = _files_of(scope.asked, self._before.inventory)
        changed = {one.path for one in self._before.inventory.files}
        return tuple(sorted((were & changed) - self._asked(planned)))

    def lost(self, planned: Planned, path: str) -> _Lost | None:
        """Say where a file went that is not looked at; None where there is nothing to look at."""
        places = self._moved.to(path)
        asked = self._asked(planned)
        if self._led_to(path) in asked:
            return None
        if any(place in asked for place in places) and not self._moved.left_out(path, asked):
            return None
        why = self._why(planned, path, tuple(one for one in places if one not in asked))
        return _Lost(stage=planned.stage, path=path, why=why) if why else None

    def _why(self, planned: Planned, path: str, places: tuple[str, ...]) -> str:
        above = self._unread_above(path)
        if above:
            return f"{above} is not read"
        if path in self._files:
            binary = self._files[path].binary
            same = path in places
            return "it is binary now" if binary else "it is not taken for one now" * same
        if os.path.lexists(Path(self._now.root) / path):
            return "it is there, and git does not list it"
        if places:
            return f"what it said stands in {places[0]} now"
        if planned.stage in _OF_PACKAGES:
            return self._why_unasked(path)
        return f"it is gone, and {self._closed[0]} is new" if self._closed else ""

    def _why_unasked(self, path: str) -> str:
        """Let a manifest go only with all that lay beside and below it, and stands nowhere else."""
        folder = posixpath.dirname(path)
        beside = any(posixpath.dirname(one) == folder for one in self._files)
        below = any(one.startswith(f"{folder}/") for one in self._files) if folder else True
        if beside or below:
            return "it is gone, and what lies beside it is still there"
        fellows = (one.path for one in self._before.inventory.files)
        left = next(
            (one for one in fellows if one.startswith(f"{folder}/") and self._moved.to(one)), None
        )
        if left is not None:
            return f"it is gone, and {left} only moved"
        return f"it is gone, and {self._closed[0]} is new" if self._closed else ""

    def _led_to(self, path: str) -> str:
        """Return the file that answers for a path which is a link now, or lies below one."""
        return os.path.relpath(os.path.realpath(Path(self._now.root) / path), self._now.root)

    def _asked(self, planned: Planned) -> set[str]:
        """Return the files that a stage asks about; an emptied manifest is still one."""
        manifests = {one.path for one in self._now.manifests}
        named = manifests if planned.stage in _OF_PACKAGES else set()
        return _files_of(planned.scope.asked, self._now) | named

    def _unread_above(self, path: str) -> str:
        unread = {one.path for one in self._now.unread}
        while path and path not in unread:
            path = posixpath.dirname(path)
        return path

    def _newly_closed(self) -> Iterator[str]:
        """Name what is new and holds files that nothing looks into."""
        for gone in self._now.unread:
            if gone.reason is GapReason.SUBMODULE and gone.path not in self._before.submodules:
                yield f"the repository {gone.path}"
        for path, file in self._files.items():
            new = path not in self._before.files
            if new and file.binary and self._holds_files(path):
                yield f"the archive {path}"

    def _holds_files(self, path: str) -> bool:
        """Say whether a binary file holds others, or is made of one: by its name or first bytes."""
        head = _read(Path(self._now.root), path, most=_HEAD)
        return path.lower().endswith(_ARCHIVES) or head.startswith(_MARKS) or head[257:262] == _TAR


def _files_of(asked: Iterable[str], inventory: Inventory) -> set[str]:
    """Return the files of a stage's targets: a pin is a question of its manifest."""
    manifests: Mapping[str, str] = {pin.target: pin.manifest for pin in inventory.pins}
    return {manifests.get(target, target) for target in asked}


def _read(folder: Path, path: str, *, most: int = -1) -> bytes:
    try:
        with (folder / path).open("rb") as file:
            return file.read(most)
    except OSError:
        return b""


def _fewer(path: str, losses: list[_Lost], commit: str) -> Finding:
    stages = tuple(one.stage for one in losses)
    told = f"{', '.join(stages)} looked at {path} at {commit[:12]}, and not any more"
    return _finding(FEWER, path, stages, f"{told}: {losses[0].why}")


def _stage_gone(stage: str, gone: tuple[str, ...], commit: str) -> tuple[Finding, tuple[Gap, ...]]:
    named = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")  # noqa: PLR2004 -- as shown
    told = f"{stage} had something to look at at {commit[:12]} ({named}), and has nothing now"
    finding = _finding(GONE, stage, (stage,), told)
    return finding, (Gap(stage=stage, target=ALL, reason=GapReason.NO_TARGETS, detail=told),)


def _finding(rule: str, target: str, stages: tuple[str, ...], message: str) -> Finding:
    return identity.new(
        kind=Kind.COVERAGE,
        stage=stages[0],
        rule=rule,
        target=target,
        fingerprint=identity.digest(rule, target),
        sources=stages,
        title="Less is looked at than before",
        message=message,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
    )
