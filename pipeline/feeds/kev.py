"""CISA's catalogue of vulnerabilities that are known to be exploited, as a dated snapshot."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from pipeline.feeds import bodies, noted
from pipeline.feeds.base import Order, broken
from pipeline.model.artifact import Feed
from pipeline.model.knowledge import Listing
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

NAME: Final = "kev"
SOURCE: Final = (
    "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
)
FILE: Final = "known_exploited_vulnerabilities.json"
MAX_FILE: Final = 64 << 20

Cve = Annotated[str, msgspec.Meta(pattern=r"^CVE-[0-9]{4}-[0-9]{4,19}\Z")]


class Entry(msgspec.Struct, frozen=True):
    """One of its vulnerabilities; what the published schema requires is required here."""

    cve: Cve = msgspec.field(name="cveID")
    vendor: str = msgspec.field(name="vendorProject")
    product: str
    title: str = msgspec.field(name="vulnerabilityName")
    added: str = msgspec.field(name="dateAdded")
    about: str = msgspec.field(name="shortDescription")
    action: str = msgspec.field(name="requiredAction")
    due: str = msgspec.field(name="dueDate")
    ransomware: str = msgspec.field(name="knownRansomwareCampaignUse", default="Unknown")


class Catalogue(msgspec.Struct, frozen=True):
    """The whole file."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = msgspec.field(
        name="catalogVersion"
    )
    released: str = msgspec.field(name="dateReleased")
    count: int
    vulnerabilities: tuple[Entry, ...]


def _read(path: Path) -> noted.Said:
    catalogue = _catalogue(path)
    return noted.Said(
        version=catalogue.version,
        updated=noted.dated(catalogue.released),
        records=len(catalogue.vulnerabilities),
    )


KIND: Final = noted.Kind(
    name=NAME,
    file=FILE,
    attribution="CISA Known Exploited Vulnerabilities catalogue, CC0-1.0. Its use implies no "
    "endorsement by CISA or DHS.",
    read=_read,
)


def _catalogue(path: Path) -> Catalogue:
    """Read all of it. Raises ValueError where it is cut, says a thing twice or says no date."""
    if path.stat().st_size > MAX_FILE:
        raise ValueError(f"it has more than {MAX_FILE >> 20} MiB")
    catalogue = msgspec.json.decode(path.read_bytes(), type=Catalogue)
    held = len(catalogue.vulnerabilities)
    if catalogue.count != held or not held:
        raise ValueError(f"it holds {held} vulnerabilities, and says {catalogue.count}")
    if len({entry.cve for entry in catalogue.vulnerabilities}) < held:
        raise ValueError("it lists a CVE twice")
    for entry in catalogue.vulnerabilities:
        for day in (entry.added, entry.due):
            if date.fromisoformat(day).isoformat() != day:
                raise ValueError(f"{entry.cve} has a date that is none: {day!r}")
    return catalogue


def open(path: Path) -> Feed:  # noqa: A001 -- the word of the protocol
    """Verify a snapshot: its digest, its version and date, and every entry with their count."""
    return noted.opened(KIND, path)


def sync(folder: Path, order: Order, *, http: "Http", watcher: Watcher) -> Feed:
    """Fetch the catalogue: one JSON file, kept as it is."""
    url = order.mirror or SOURCE
    watcher.noted(NAME, f"fetching {url}")
    path = bodies.place(order, folder, f"{FILE}.part")
    with bodies.fetched(url, path, http=http, limit=MAX_FILE) as body:
        noted.put(KIND, folder, body.read_bytes(), order, source=url)
    return open(folder)


def told(feed: Feed, _: Collection[str]) -> Mapping[str, Listing]:
    """Return all that the catalogue says. Raises ToolError where it changed meanwhile."""
    try:
        catalogue = _catalogue(noted.proven(KIND, feed))
    except noted.UNREADABLE as error:
        raise broken(NAME, Path(feed.path), str(error)) from error
    return {
        one.cve: Listing(added=one.added, due=one.due, ransomware=one.ransomware == "Known")
        for one in catalogue.vulnerabilities
    }
