"""The dump of an ecosystem as OSV publishes it: a zip with one record in each file."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import bodies, osv_files, zipped
from pipeline.feeds.base import Order
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

MAX_ZIP: Final = 512 << 20
LIMITS: Final = zipped.Limits(files=1_000_000, each=32 << 20, total=4 << 30)


def fetch(url: str, folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> None:
    """Fetch a dump and make a snapshot of it in a folder."""
    watcher.noted("osv", f"fetching {url}")
    folder.mkdir(parents=True, exist_ok=True)
    path = bodies.place(order, folder, "all.zip.part")
    with bodies.fetched(url, path, http=http, limit=MAX_ZIP) as packed:
        watcher.noted("osv", f"{packed.stat().st_size >> 10} KiB fetched; unpacking")
        unpack(packed, folder)


def unpack(packed: Path, folder: Path) -> None:
    """Make a snapshot of a dump, or raise PenstockError saying what is wrong with it."""
    try:
        with zipfile.ZipFile(packed) as archive:
            zipped.refuse_cut(packed, archive)
            osv_files.write(folder, _records(archive), updated=None, excerpt=False)
    except zipped.UNREADABLE as error:
        raise PenstockError(f"the OSV dump cannot be used: {error}") from error


def _records(archive: zipfile.ZipFile) -> Iterator[bytes]:
    """Yield each record on one line, sorted by id. Nothing in the archive is believed unread."""
    named = [item for item in archive.infolist() if item.filename.endswith(".json")]
    named.sort(key=lambda item: item.filename.removesuffix(".json"))
    for name, data in zipped.contents(archive, named, LIMITS):
        yield _one_line(name, data)


def _one_line(name: str, data: bytes) -> bytes:
    record = msgspec.json.decode(data, type=dict[str, object])
    if record.get("id") != name.removesuffix(".json"):
        raise ValueError(f"{name} holds a record that is called {record.get('id')!r}")
    return msgspec.json.encode(record)
