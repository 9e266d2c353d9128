"""Installs locked tools: whole and in place, or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.artifact import Tool
from pipeline.model.gap import ToolError
from pipeline.toolchain import golang, note, record, release, venv
from pipeline.toolchain import lock as locks
from pipeline.toolchain.locate import locate
from pipeline.toolchain.releases import Releases
from pipeline.toolchain.steps import Site
from pipeline.watch import Watcher


class _Shop(msgspec.Struct, frozen=True, kw_only=True):
    """Where tools are made, and for whom."""

    root: Path
    environment: Mapping[str, str]
    watcher: Watcher
    lock: locks.Lock
    releases: Releases | None

    def found(self, names: Iterable[str]) -> dict[str, Tool | ToolError]:
        return locate(names, root=self.root, overrides={}, lock=self.lock)


def install(
    names: Iterable[str],
    *,
    root: Path,
    environment: Mapping[str, str],
    watcher: Watcher,
    lock: locks.Lock | None = None,
    releases: Releases | None = None,
) -> tuple[Tool, ...]:
    """Install the named tools, or all, and return them verified. What is intact is left alone.

    Raises PenstockError at the first tool that cannot be installed; those before it stay.
    """
    known = lock or locks.read()
    shop = _Shop(root=root, environment=environment, watcher=watcher, lock=known, releases=releases)
    wanted = locks.selected(known, names)
    for name, tool in wanted.items():
        _refuse_denied(name, tool, known)
    try:
        found = shop.found(wanted)
        return tuple(_have(name, tool, found[name], shop) for name, tool in wanted.items())
    except OSError as exc:
        raise PenstockError(
            f"{exc.filename or root}: {exc.strerror or exc}",
            hint=f"tools are installed below {root}; PENSTOCK_TOOLS names another folder",
        ) from exc


def _refuse_denied(name: str, tool: locks.LockedTool, lock: locks.Lock) -> None:
    denied = lock.denial(name)
    if denied is not None:
        raise PenstockError(
            f"{name} {tool.version} must not be installed: {denied.of(name)}{denied.reason}",
            hint=f"see {denied.source}",
        )


def _have(name: str, tool: locks.LockedTool, found: Tool | ToolError, shop: _Shop) -> Tool:
    if isinstance(found, Tool):
        return found
    begun = time.monotonic()
    shop.watcher.started(name)
    final = shop.root / locks.folder_name(name, tool, shop.lock.home)
    with _alone(final, name, shop.watcher):
        # Somebody else may have finished it while this process waited.
        again = shop.found((name,))[name]
        if isinstance(again, ToolError):
            _make(name, tool, final, shop)
            again = shop.found((name,))[name]
    if isinstance(again, ToolError):
        raise again
    shop.watcher.ended(name, f"{tool.version} installed", time.monotonic() - begun)
    return again


def _make(name: str, tool: locks.LockedTool, final: Path, shop: _Shop) -> None:
    """Make a tool in a folder of its own, and rename it into place when it is finished."""
    with _scratch(final) as scratch:
        made, work = scratch / "made", scratch / "work"
        made.mkdir()
        work.mkdir()
        site = Site(
            environment=shop.environment,
            watcher=shop.watcher,
            work=work,
            releases=shop.releases,
            home=shop.lock.home or locks.shipped(),
        )
        program = _build(name, tool, made, site)
        noted = note.write(
            made,
            name=name,
            version=tool.version,
            made_from=locks.made_from(name, tool, shop.lock.home),
            program=program,
        )
        told = record.fault(tool, made, noted.files, program)
        if told:
            raise PenstockError(
                f"{name}: what was made holds what it should not: {told}",
                hint="do not use this release: nothing of it was installed",
            )
        if final.exists() or final.is_symlink():
            final.rename(scratch / "replaced")
        made.rename(final)


def _build(name: str, tool: locks.LockedTool, folder: Path, site: Site) -> str:
    match tool:
        case locks.VenvTool():
            return venv.build(name, tool, folder, site)
        case locks.GoTool():
            asset = tool.release.get(locks.platform_tag())
            if asset is not None and asset.sha256:
                program = release.fetch(name, tool, asset, folder, site)
            else:
                program = golang.build(name, tool, folder, site)
            golang.check(name, tool, folder / program, site)
            return program
        case _:
            assert_never(tool)


@contextmanager
def _alone(final: Path, name: str, watcher: Watcher) -> Iterator[None]:
    """Hold a lock on one installation. It ends with this process, however that ends."""
    import fcntl

    final.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(
        final.parent / f".{final.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
    )
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            watcher.noted(name, "another process is installing it: waiting")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _scratch(final: Path) -> Iterator[Path]:
    """Make a folder beside the final one. What killed installations left is swept first."""
    prefix = f".making-{final.name}-"
    for left in final.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=final.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
