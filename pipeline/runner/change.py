"""The files of an earlier commit and those of now: what was looked at, and where it went."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.inventory.earlier import Earlier
from pipeline.inventory.take import SOURCE
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Inventory
from pipeline.model.outcome import Scope
from pipeline.plan.model import Plan, Planned
from pipeline.runner.moved import Moved
from pipeline.stages import STAGES
from pipeline.stages.semgrep import stage as semgrep

_OF_PACKAGES: Final = frozenset({"pip-audit", "packages", "sbom"})
"""Stages whose questions outlive the file that asks them: what it names is installed still."""
_OF_CODE: Final = "semgrep"
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
_RUNS: Final = re.compile(rb"[-_.]+")
"""What stands between the words of a package's name, however it is written."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a stage asked about and does not any more."""

    stage: str
    path: str
    why: str


class Change:
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
        self._moved = Moved(texts, [*new, *before.elsewhere], self._text)
        self._closed = tuple(self._newly_closed())
        self._asked = {one.stage: frozenset(self._looked_at(one)) for one in plan.stages}

    def _text(self, path: str) -> bytes:
        """Read a file of today: what nobody asks about has no private copy."""
        real = self._before.elsewhere.get(path)
        if real is None:
            return _read(self._plan.tree / SOURCE, path)
        regular = real.is_file() and not real.is_symlink()  # a pipe would be waited for
        return _read(real.parent, real.name) if regular else b""

    def were(self, planned: Planned) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the files that a stage looked at: those that it still does, and those no more."""
        try:
            scope = STAGES[planned.stage].scope(self._before.inventory, planned.options)
        except ToolError:
            return (), ()
        changed = {one.path for one in self._before.inventory.files}
        were = looked_at(planned.stage, scope, self._before.inventory) & changed
        asked = self._asked[planned.stage]
        return tuple(sorted(were & asked)), tuple(sorted(were - asked))

    def asks(self, planned: Planned) -> bool:
        """Say whether a stage has anything left to look at."""
        return bool(looked_at(planned.stage, planned.scope, self._now))

    def lost(self, planned: Planned, path: str) -> Lost | None:
        """Say where a file went that is not looked at; None where there is nothing to look at."""
        asked = self._asked[planned.stage]
        if self._led_to(path) in asked:
            return None
        hidden = self._moved.hidden(path, asked, gone=True) or self._unpinned(planned, path)
        if not hidden and self._moved.kept(path, asked):
            return None
        why = self._why(planned, path, hidden)
        return Lost(stage=planned.stage, path=path, why=why) if why else None

    def less(self, planned: Planned, path: str) -> Lost | None:
        """Say where a part of a file went that is still looked at."""
        asked = self._asked[planned.stage]
        hidden = self._unpinned(planned, path)
        if planned.stage not in _OF_PACKAGES:
            hidden = self._moved.hidden(path, asked, gone=False)
        if not hidden:
            return None
        why = f"a part of what it said stands in {hidden[0]} now"
        return Lost(stage=planned.stage, path=path, why=why)

    def _unpinned(self, planned: Planned, path: str) -> tuple[str, ...]:
        """Name where pins of a manifest went that no manifest has any more."""
        if planned.stage not in _OF_PACKAGES:
            return ()
        return self._moved.places(self._pinning(path, self._asked[planned.stage]))

    def _pinning(self, path: str, asked: frozenset[str]) -> Iterator[bytes]:
        """Yield the lines of a manifest that pinned what no manifest pins any more."""
        kept = {(pin.name, pin.version) for pin in self._now.pins}
        was = (pin for pin in self._before.inventory.pins if pin.manifest == path)
        names = {pin.name for pin in was if (pin.name, pin.version) not in kept}
        words = "|".join(map(re.escape, sorted(names)))
        names_it = re.compile(rf"(?<![a-z0-9-])(?:{words})(?![a-z0-9-])".encode())
        for line in self._moved.lost(path, asked) if names else ():
            if names_it.search(_RUNS.sub(b"-", line.lower())):
                yield line

    def _why(self, planned: Planned, path: str, places: tuple[str, ...]) -> str:
        above = self._unread_above(path)
        if above:
            return f"{above} is not read"
        there = self._files.get(path)
        if there is not None and there.binary:
            return "it is binary now"
        if there is None and os.path.lexists(Path(self._now.root) / path):
            return "it is there, and git does not list it"
        if places:
            same = path in places
            return (
                "it is not taken for one now" if same else f"what it said stands in {places[0]} now"
            )
        return "" if there is not None else self._why_gone(planned, path)

    def _why_gone(self, planned: Planned, path: str) -> str:
        if planned.stage in _OF_PACKAGES:
            return self._why_unasked(path)
        return f"it is gone, and {self._closed[0]} is new or changed" if self._closed else ""

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
        return f"it is gone, and {self._closed[0]} is new or changed" if self._closed else ""

    def _led_to(self, path: str) -> str:
        """Return the file that answers for a path which is a link now, or lies below one."""
        return os.path.relpath(os.path.realpath(Path(self._now.root) / path), self._now.root)

    def _looked_at(self, planned: Planned) -> set[str]:
        """Return the files that a stage asks about; an emptied manifest is still one."""
        manifests = {one.path for one in self._now.manifests}
        named = manifests if planned.stage in _OF_PACKAGES else set()
        return looked_at(planned.stage, planned.scope, self._now) | named

    def _unread_above(self, path: str) -> str:
        unread = {one.path for one in self._now.unread}
        while path and path not in unread:
            path = posixpath.dirname(path)
        return path

    def _newly_closed(self) -> Iterator[str]:
        """Name what is new, or another one now, and holds files that nothing looks into."""
        was = {one.path for one in self._before.inventory.files}
        for gone in self._now.unread:
            if gone.reason is GapReason.SUBMODULE and gone.path not in self._before.submodules:
                yield f"the repository {gone.path}"
        for path, file in self._files.items():
            new = path not in self._before.files or path in was
            if new and file.binary and holds_files(path, self._head(path)):
                yield f"the archive {path}"

    def _head(self, path: str) -> bytes:
        return _read(Path(self._now.root), path, most=_HEAD)


def holds_files(path: str, head: bytes) -> bool:
    """Say whether a binary file holds others, or is made of one: by its name or first bytes."""
    return path.lower().endswith(_ARCHIVES) or head.startswith(_MARKS) or head[257:262] == _TAR


def looked_at(stage: str, scope: Scope, inventory: Inventory) -> set[str]:
    """Return the files that a stage asks about, but for those that it has no rules for.

    A rule for any text looks at code, too, and does not see it.
    """
    without = {one.target for one in scope.gaps if one.reason is GapReason.NO_RULES}
    if stage == _OF_CODE:
        without |= {one.path for one in inventory.files if not semgrep.is_code(one.language)}
    return _files_of((one for one in scope.asked if one not in without), inventory)


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
