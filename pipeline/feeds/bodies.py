"""What is fetched of a feed, and where it lies until it is whole."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.feeds.base import Order

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http


@contextmanager
def fetched(
    url: str, path: Path, *, http: "Http", limit: int, redirects: int = 0
) -> Iterator[Path]:
    """Fetch a body, going on where an earlier sync was interrupted, and remove it after use.

    Redirects are followed on its own host alone: a feed is what the host that was named says.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    http.download(url, path, limit=limit, redirects=redirects, elsewhere=False, source=url)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def place(order: Order, folder: Path, name: str) -> Path:
    """Return where a body lies while it arrives."""
    return (order.parts or folder) / name


@contextmanager
def parts(folder: Path, name: str, own: Path) -> Iterator[Path]:
    """Yield the folder that keeps what arrived of a feed from one sync to the next.

    Where another sync is at the same feed, `own` takes its place.
    """
    kept = folder / f".{name}-part"
    kept.mkdir(exist_ok=True)
    handle = os.open(kept, os.O_RDONLY)
    try:
        if not _mine(handle, kept):
            yield own
            return
        try:
            yield kept
        finally:
            if not any(kept.iterdir()):
                kept.rmdir()
    finally:
        os.close(handle)


def _mine(handle: int, kept: Path) -> bool:
    """Take a folder for this process; it is free again when the process ends, however it ends."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return kept.exists() and os.path.samestat(os.fstat(handle), kept.stat())
