"""Finds installed tools, and believes none of their bytes without having read them."""

import errno
import os
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

import msgspec

from pipeline.model.artifact import UNKNOWN_VERSION, Tool, sha256_file
from pipeline.model.gap import GapReason, ToolError
from pipeline.toolchain import lock as locks
from pipeline.toolchain import note as notes
from pipeline.toolchain import record, tree

_INSTALL: Final = "run `penstock tools install`"
_SHORT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_MORE: Final = "raise the limits of this process (ulimit -a)"


class State(StrEnum):
    """What is known of a tool without reading its files."""

    INSTALLED = "installed"
    MISSING = "missing"
    DENIED = "denied"
    BROKEN = "broken"


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `penstock tools list`."""

    name: str
    version: str
    path: str
    sha256: str
    """The digest noted at installation; empty where nothing is installed."""
    state: State
    released: str
    """The day of its release, as the lock has it."""
    origin: str
    """What it is made from on this platform, in words."""
    message: str = ""
    """Why it must not run, where it must not."""
    hint: str = ""


def default_root(environment: Mapping[str, str]) -> Path:
    """Return the folder that tools are installed in: PENSTOCK_TOOLS, or the user's cache."""
    named = environment.get("PENSTOCK_TOOLS")
    if named:
        return Path(named).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("penstock")) / "tools"


def installed(root: Path, *, lock: locks.Lock | None = None) -> tuple[Installed, ...]:
    """List every tool of the lock by what its note says. Costs a few milliseconds."""
    known = lock or locks.read()
    return tuple(_listed(name, tool, root, known) for name, tool in known.tools.items())


def _listed(name: str, tool: locks.LockedTool, root: Path, lock: locks.Lock) -> Installed:
    folder = root / locks.folder_name(name, tool, lock.home)
    note = notes.read(folder)
    denied = lock.denial(name)
    if denied is not None:
        state = State.DENIED
    elif note is not None:
        state = State.INSTALLED
    else:
        state = State.BROKEN if folder.exists() else State.MISSING
    path = folder / note.program if note else folder
    digest = note.sha256 if note else ""
    return Installed(
        name=name,
        version=tool.version,
        path=str(path),
        sha256=digest,
        state=state,
        released=tool.released.isoformat(),
        origin=locks.origin(tool),
        message="" if denied is None else f"must not run: {denied.of(name)}{denied.reason}",
        hint="" if denied is None else denied.source,
    )


class _Reading(msgspec.Struct, frozen=True):
    """An installation whose files are being read by the pool."""

    tool: locks.LockedTool
    folder: Path
    note: notes.Note
    sight: tree.Sight
    work: list[Future[dict[str, str]]]


class Claim:
    """What an installation says of itself, and the proof of it, which takes a while."""

    def __init__(self, name: str, search: Tool | ToolError | _Reading) -> None:
        self.said = _tool(name, search) if isinstance(search, _Reading) else search
        """The tool as it was noted, of which no byte is believed yet; or why there is none."""
        self._name, self._search = name, search
        self._lock = threading.Lock()
        self._proven: Tool | ToolError | None = None

    def proven(self) -> Tool | ToolError:
        """Wait until all its files were read. Only what this returns may be started."""
        with self._lock:
            if self._proven is None:
                self._proven = _end(self._name, self._search)
            return self._proven


def claims(
    names: Iterable[str],
    *,
    root: Path,
    overrides: Mapping[str, Path],
    lock: locks.Lock | None = None,
) -> dict[str, Claim]:
    """Find tools, and have their files read meanwhile: those of the first are read first."""
    known = lock or locks.read()
    pool = ThreadPoolExecutor(max_workers=os.cpu_count())
    try:
        return {
            name: Claim(
                name,
                _override(name, overrides[name])
                if name in overrides
                else _begin(name, known.tool(name), root, known, pool),
            )
            for name in names
        }
    finally:
        pool.shutdown(wait=False)


def locate(
    names: Iterable[str],
    *,
    root: Path,
    overrides: Mapping[str, Path],
    lock: locks.Lock | None = None,
) -> dict[str, Tool | ToolError]:
    """Find tools, and hold every byte of each against what was noted when it was installed.

    A ToolError in the place of a tool says why it must not be started. An override is taken
    as it is, and says that it is not locked.
    """
    found = claims(names, root=root, overrides=overrides, lock=lock)
    return {name: claim.proven() for name, claim in found.items()}


def _override(name: str, path: Path) -> Tool | ToolError:
    missing = _unusable(name, path, GapReason.TOOL_MISSING)
    if missing is not None:
        return missing
    try:
        digest = sha256_file(path)
    except OSError as exc:
        return ToolError(GapReason.TOOL_FAILED, f"{name}: {path}: {exc.strerror or exc}")
    return Tool(
        name=name,
        version=UNKNOWN_VERSION,
        path=str(path.absolute()),
        sha256=digest,
        locked=False,
    )


def _unusable(name: str, program: Path, absent: GapReason, hint: str = "") -> ToolError | None:
    """Say why a path is no program, or return None where it is one."""
    if not program.exists():
        return ToolError(absent, f"{name}: {program} is not there", hint=hint)
    if not program.is_file():
        return ToolError(GapReason.TOOL_FAILED, f"{name}: {program} is not a file", hint=hint)
    if not os.access(program, os.X_OK):
        return ToolError(GapReason.TOOL_FAILED, f"{name}: {program} is not executable", hint=hint)
    return None


def _begin(
    name: str, tool: locks.LockedTool, root: Path, lock: locks.Lock, pool: Executor
) -> _Reading | ToolError:
    denied = lock.denial(name)
    if denied is not None:
        said = f"{name} {tool.version} must not run: {denied.of(name)}{denied.reason}"
        return ToolError(GapReason.TOOL_DENIED, said, hint=denied.source)
    folder = root / locks.folder_name(name, tool, lock.home)
    if folder.is_symlink() or not folder.is_dir():
        missing = f"{name} {tool.version} is not installed below {root}"
        return ToolError(GapReason.TOOL_MISSING, missing, hint=_INSTALL)
    note = notes.read(folder)
    if note is None:
        return _altered(name, f"{folder / notes.FILE} cannot be read")
    if (note.name, note.version, note.made_from) != (
        name,
        tool.version,
        locks.made_from(name, tool, lock.home),
    ):
        return _altered(name, f"{folder / notes.FILE} speaks of another tool")
    if note.program not in note.files:
        return _altered(name, f"{folder / notes.FILE} does not list its own program")
    return _read(name, tool, folder, note, pool)


def _read(
    name: str, tool: locks.LockedTool, folder: Path, note: notes.Note, pool: Executor
) -> _Reading | ToolError:
    program = folder / note.program
    unusable = _unusable(name, program, GapReason.TOOL_MISSING, _INSTALL)
    if unusable is not None:
        return unusable
    try:
        sight = tree.look(folder)
    except OSError as exc:
        return _unread(name, exc)
    return _Reading(tool, folder, note, sight, tree.start(folder, sight, pool))


def _end(name: str, search: Tool | ToolError | _Reading) -> Tool | ToolError:
    match search:
        case Tool() | ToolError():
            return search
        case _Reading():
            return _held(name, search)
        case _:
            assert_never(search)


def _held(name: str, read: _Reading) -> Tool | ToolError:
    folder, note = read.folder, read.note
    try:
        entries = tree.finish(read.sight, read.work)
    except OSError as exc:
        return _unread(name, exc)
    entries.pop(notes.FILE, None)
    if entries != note.files:
        return _altered(name, tree.difference(entries, note.files))
    if tree.digest(entries) != note.sha256:
        return _altered(name, f"{folder / notes.FILE} does not add up")
    unaccounted = record.fault(read.tool, folder, entries, note.program)
    if unaccounted:
        return _altered(name, unaccounted)
    gone = _dangling(folder, note.files)
    if gone:
        said = f"{name}: the Python that it was made with has gone: {gone}"
        return ToolError(GapReason.TOOL_MISSING, said, hint=_INSTALL)
    return _tool(name, read)


def _tool(name: str, read: _Reading) -> Tool:
    return Tool(
        name=name,
        version=read.note.version,
        path=str((read.folder / read.note.program).absolute()),
        sha256=read.note.sha256,
        locked=True,
        released=read.tool.released.isoformat(),
    )


def _unread(name: str, exc: OSError) -> ToolError:
    """Say why a file cannot be read; what the machine is short of says nothing of its bytes."""
    what = f"{exc.filename}: {exc.strerror}"
    if exc.errno not in _SHORT:
        return _altered(name, what)
    said = f"{name} could not be held against what was installed: {what}"
    return ToolError(GapReason.TOOL_FAILED, said, hint=_MORE)


def _altered(name: str, what: str) -> ToolError:
    said = f"{name} is not what was installed: {what}"
    return ToolError(GapReason.DIGEST_MISMATCH, said, hint=f"{_INSTALL} to replace it")


def _dangling(folder: Path, files: Mapping[str, str]) -> str:
    """Return the target of a noted link that leads nowhere: only the interpreter's leads out."""
    for path, entry in files.items():
        if entry.startswith(tree.LINK) and not (folder / path).exists():
            return entry.removeprefix(tree.LINK)
    return ""
