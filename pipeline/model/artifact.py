"""Things with a digest: tools, feeds and files of evidence."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

UNKNOWN_VERSION: Final = "unknown"
"""Of a tool that the user put there himself."""


class Tool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A scanner as it is installed."""

    name: str
    version: str
    path: str
    """Absolute path of the program."""
    sha256: str
    """Digest over the whole installation, as noted when it was installed."""
    locked: bool
    """Installed by `tools install` from the committed lock."""
    released: str = ""
    """The day of its release as the lock has it, `YYYY-MM-DD`; empty where no lock speaks of it."""


class Feed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dated snapshot of somebody's knowledge."""

    name: str
    path: str
    digest: str
    """`sha256:…` of the data as verified in this run."""
    updated: str
    """RFC 3339, UTC: the newest date the data speaks for."""
    excerpt: bool
    records: int
    version: str = ""
    """What its publisher calls this issue: a catalogue's version, a model's version."""
    before: str = ""
    """The version that it took the place of, where that was another."""
    fetched: str = ""
    """RFC 3339, UTC: when its publisher was asked for the newest one; empty where nobody noted."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a stage made for the bundle."""

    name: str
    """Path inside the bundle, such as `sbom/source.cdx.json`."""
    data: bytes
    media_type: str


def sha256_of(data: bytes) -> str:
    """Return `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the digest of a file's content, as `sha256_of` does."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
