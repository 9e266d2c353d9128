"""Where a bundle may stand, and how it gets there whole."""

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.exchange import exchange
from pipeline.errors import PenstockError, UsageError
from pipeline.toolchain import scratch

_MARK: Final = "run.json"
_TRIES: Final = 20


class _Mark(msgspec.Struct):
    schema: str


def check(out: Path) -> None:
    """Refuse a place where a bundle cannot or must not be written. Raises UsageError."""
    try:
        _check(out)
    except OSError as exc:
        raise UsageError(
            f"--out {out} cannot be used: {exc.strerror}", hint="choose another --out"
        ) from exc


def _check(out: Path) -> None:
    parent = out.parent
    if not parent.is_dir():
        if parent.exists():
            raise UsageError(f"{parent} is no folder", hint="choose another --out")
        raise UsageError(f"the folder {parent} for --out is not there", hint=f"mkdir -p {parent}")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write into {parent}", hint="choose another --out")
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"--out {out} is there and no folder", hint="choose another --out")
    if out.is_dir() and any(out.iterdir()) and not is_bundle(out):
        raise UsageError(
            f"--out {out} holds files that are no evidence bundle; they are left as they are",
            hint="choose an empty or new folder",
        )


def is_bundle(folder: Path) -> bool:
    """Say whether a folder is one of ours, by the schema in its run.json."""
    try:
        mark = msgspec.json.decode((folder / _MARK).read_bytes(), type=_Mark)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return mark.schema.startswith("penstock/run@")


@contextmanager
def beside(out: Path, what: str) -> Iterator[Path]:
    """Hold a private folder where the bundle will stand. Raises PenstockError where it cannot."""
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(scratch.held(out.parent, _beside(out, what)))
        except OSError as exc:
            raise _refused(out, exc) from exc
        yield folder


def place(out: Path, files: Mapping[str, bytes | Path]) -> None:
    """Write files into a temporary sibling, or move them there, and give it its final name.

    An older bundle stays until the new one is whole. Two runs into one place: each is whole, the
    later one stays. What a killed run left beside it goes. Raises PenstockError when the disk
    refuses.
    """
    check(out)
    mend(out)
    try:
        with scratch.held(out.parent, _beside(out, "new")) as fresh:
            for name, data in sorted(files.items()):
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(data, Path):
                    shutil.move(data, path)
                else:
                    path.write_bytes(data)
            fresh.chmod(0o755)
            _swap(fresh, out)
    except OSError as exc:
        raise _refused(out, exc) from exc


def mend(out: Path) -> None:
    """Put an older bundle back that a killed run had moved aside, and remove its other traces."""
    # What cannot be put back now stays where it is, and the next run tries again.
    with contextlib.suppress(OSError):
        for aside in sorted(out.parent.glob(f"{glob.escape(_beside(out, 'old'))}*")):
            _restore([aside], out)


def _beside(out: Path, what: str) -> str:
    return f".{out.name}.{what}-"


def _swap(fresh: Path, out: Path) -> None:
    """Put `fresh` in place; where the system can, what stood there changes places with it."""
    asides: list[Path] = []
    for _ in range(_TRIES):
        try:
            fresh.rename(out)
        except OSError:
            if not out.is_dir():
                _restore(asides, out)
                raise
            with contextlib.suppress(FileNotFoundError):  # another run may have moved it first
                if exchange(fresh, out):
                    _remove(asides)
                    return
                asides.append(Path(tempfile.mkdtemp(prefix=_beside(out, "old"), dir=out.parent)))
                out.rename(asides[-1])
        else:
            _remove(asides)
            return
    _restore(asides, out)
    raise PenstockError(
        f"other runs keep writing to {out}", hint="give each run an --out of its own"
    )


def _remove(asides: list[Path]) -> None:
    for aside in asides:
        shutil.rmtree(aside, ignore_errors=True)


def _restore(asides: list[Path], out: Path) -> None:
    """Put back what nothing has replaced. Raises OSError where that is impossible, and keeps it."""
    for aside in asides:
        if is_bundle(out) or not _marked(aside):
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(out)


def _marked(aside: Path) -> bool:
    """Say whether a bundle was moved here, be it readable or not. Raises OSError if in doubt."""
    try:
        (aside / _MARK).lstat()
    except FileNotFoundError:
        return False
    return True


def _refused(out: Path, exc: OSError) -> PenstockError:
    return PenstockError(
        f"the bundle could not be written to {out}: {exc.strerror or exc}",
        hint="nothing that was there has been changed; free some space or choose another --out",
    )
