"""The dump of an ecosystem as OSV publishes it: a zip with one record in each file."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import osv_files
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

MAX_ZIP: Final = 512 << 20
MAX_RECORD: Final = 32 << 20
MAX_TOTAL: Final = 4 << 30
MAX_RECORDS: Final = 1_000_000

_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError)
"""The last is what zipfile says of a password and of a method that it does not know."""


def fetch(url: str, folder: Path, *, http: "Http", watcher: Watcher) -> None:
    """Fetch a dump and make a snapshot of it in a folder."""
    watcher.noted("osv", f"fetching {url}")
    folder.mkdir(parents=True, exist_ok=True)
    packed = folder / "all.zip.part"
    try:
        saved = http.download(url, packed, limit=MAX_ZIP)
        watcher.noted("osv", f"{saved.size >> 10} KiB fetched; unpacking")
        unpack(packed, folder)
    finally:
        packed.unlink(missing_ok=True)


def unpack(packed: Path, folder: Path) -> None:
    """Make a snapshot of a dump, or raise PenstockError saying what is wrong with it."""
    try:
        with zipfile.ZipFile(packed) as archive:
            osv_files.write(folder, _records(archive), updated=None, excerpt=False)
    except _UNREADABLE as error:
        raise PenstockError(f"the OSV dump cannot be used: {error}") from error


def _records(archive: zipfile.ZipFile) -> Iterator[bytes]:
    """Yield each record on one line, sorted by id. Nothing in the archive is believed unread."""
    members = [item for item in archive.infolist() if item.filename.endswith(".json")]
    if not members or len(members) > MAX_RECORDS:
        raise ValueError(f"it holds {len(members)} records")
    total = 0
    for member in sorted(members, key=lambda item: item.filename.removesuffix(".json")):
        with archive.open(member) as stream:
            data = stream.read(MAX_RECORD + 1)
        total += len(data)
        if len(data) > MAX_RECORD or total > MAX_TOTAL:
            raise ValueError(f"{member.filename} makes it larger than it may be")
        yield _one_line(member.filename, data)


def _one_line(name: str, data: bytes) -> bytes:
    record = msgspec.json.decode(data, type=dict[str, object])
    if record.get("id") != name.removesuffix(".json"):
        raise ValueError(f"{name} holds a record that is called {record.get('id')!r}")
    return msgspec.json.encode(record)
