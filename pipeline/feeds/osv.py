"""The OSV database of one ecosystem, as a dated snapshot on disk."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.feeds import osv_files
from pipeline.feeds.base import Order, broken, instant, missing
from pipeline.model.artifact import Feed, sha256_file
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

NAME: Final = "osv"
SOURCE: Final = "https://osv-vulnerabilities.storage.googleapis.com"


def open(path: Path) -> Feed:  # noqa: A001 -- the word of the protocol
    """Verify a snapshot: digest, date, count, and that its index says what the records say."""
    if not (path / osv_files.METADATA).is_file():
        raise missing(NAME, path)
    try:
        metadata = _verified(path)
    except (OSError, ValueError, RecursionError) as error:
        raise broken(NAME, path, str(error)) from error
    return Feed(
        name=NAME,
        path=str(path.resolve()),
        digest=metadata.sha256,
        updated=metadata.updated,
        excerpt=metadata.excerpt,
        records=metadata.records,
    )


def _verified(path: Path) -> osv_files.Metadata:
    """Raise ValueError (msgspec's errors are ones) where anything differs."""
    data = (path / osv_files.METADATA).read_bytes()
    metadata = msgspec.json.decode(data, type=osv_files.Metadata)
    if instant(metadata.updated) is None:
        raise ValueError(f"its date is none: {metadata.updated!r}")
    if osv_files.ECOSYSTEM not in metadata.ecosystems:
        raise ValueError(f"it does not hold {osv_files.ECOSYSTEM}")
    found = sha256_file(path / osv_files.RECORDS)
    if found != metadata.sha256:
        raise ValueError(f"its records are {found}, and should be {metadata.sha256}")
    contents = osv_files.survey(path / osv_files.RECORDS)
    if contents.records != metadata.records or not contents.records:
        raise ValueError(f"it holds {contents.records} records, and says {metadata.records}")
    index = path / osv_files.INDEX
    # The digest does not cover the index, and a name missing from it would be a name without flaws.
    if index.exists() and index.read_bytes() != osv_files.index(contents):
        raise ValueError("its index does not fit its records")
    return metadata


def sync(folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    """Fetch the dump of the ecosystem, and unpack it record by record within limits."""
    from pipeline.feeds import osv_dump

    base = (order.mirror or SOURCE).rstrip("/")
    url = f"{base}/{osv_files.ECOSYSTEM}/all.zip"
    osv_dump.fetch(url, folder, order, http=http, watcher=watcher)
    return open(folder)
