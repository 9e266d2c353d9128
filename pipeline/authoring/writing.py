"""Writes a new policy folder: whole or not at all, and never over what somebody wrote."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import PenstockError, UsageError, Where


def write(folder: Path, files: Mapping[str, bytes]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the files that are not there yet; return those written and those left alone.

    Raises UsageError where a policy is there already, or no folder can be.
    """
    if os.path.lexists(folder / "gate.yaml"):
        raise UsageError(
            f"there is a policy in {folder} already",
            hint="nothing was written; name another folder",
            where=Where(str(folder / "gate.yaml")),
        )
    try:
        if os.path.lexists(folder):
            return _beside(folder, files)
        _whole(folder, files)
    except OSError as exc:
        raise PenstockError(
            f"cannot write {folder}: {exc.strerror}", hint="name another folder"
        ) from exc
    return tuple(files), ()


def _whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder under another name and rename it, so that half of it never stands there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        made.chmod(0o755)
        for name, data in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _beside(folder: Path, files: Mapping[str, bytes]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Add to a folder that somebody made; each file appears whole, the gate last of all."""
    if folder.is_symlink() or not folder.is_dir():
        raise UsageError(f"{folder} is no folder", hint="name another", where=Where(str(folder)))
    written = [name for name, data in files.items() if _new(folder / name, data)]
    return tuple(written), tuple(name for name in files if name not in written)


def _new(path: Path, data: bytes) -> bool:
    """Write a file unless one is there, and say whether it was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    Path(name).chmod(0o644)
    try:
        path.hardlink_to(name)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    return True
