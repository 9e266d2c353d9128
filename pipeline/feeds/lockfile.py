"""`feeds.lock`: which snapshots lie beside it, by digest, number of records and date."""

import fcntl
import json
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.artifact import Feed

LOCK: Final = "feeds.lock"
_SCHEMA: Final = "penstock/feeds-lock@1"
_HEAD: Final = (
    "# Written by `penstock feeds sync`; `penstock feeds verify` holds the feeds against it.\n"
)
_UNTOLD: Final = ("source",)
"""What a snapshot does not say of itself."""

Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")]


class Locked(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is noted about one feed."""

    digest: Digest
    records: Annotated[int, msgspec.Meta(ge=1)]
    updated: str
    """The date that its data speak for."""
    fetched: str
    source: str
    version: str = ""
    before: str = ""
    """The version that it took the place of."""
    excerpt: bool = False

    @classmethod
    def of(cls, feed: Feed, *, source: str = "", fetched: str = "") -> Self:
        """Note what a snapshot was found to be."""
        return cls(
            digest=feed.digest,
            records=feed.records,
            updated=feed.updated,
            fetched=fetched or feed.fetched,
            source=source,
            version=feed.version,
            before=feed.before,
            excerpt=feed.excerpt,
        )

    def unlike(self, feed: Feed) -> tuple[str, ...]:
        """Say in what a snapshot is not the one that was noted."""
        found = Locked.of(feed, fetched="" if feed.fetched else self.fetched)
        return tuple(
            f"its {name} is {is_now}, and noted as {noted}"
            for name in self.__struct_fields__
            if name not in _UNTOLD
            and (noted := getattr(self, name)) != (is_now := getattr(found, name))
        )


class Lock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: Literal["penstock/feeds-lock@1"] = _SCHEMA
    feeds: dict[str, Locked] = {}


def parsed(data: bytes) -> Lock:
    """Read its bytes. Raises ValueError (msgspec's errors are ones) where it is none."""
    return msgspec.convert(tomllib.loads(data.decode("utf-8")), Lock)


def read(folder: Path) -> Lock:
    """Read the one in a folder; an empty one where there is none."""
    path = folder / LOCK
    try:
        return parsed(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return Lock()
    except (OSError, ValueError, RecursionError) as error:
        raise PenstockError(
            f"{path} cannot be read: {error}",
            hint="restore it, or move it away: the next sync then has less to hold feeds against",
        ) from error


def write(folder: Path, lock: Lock) -> None:
    """Write it whole, or not at all."""
    draft = folder / f".{LOCK}-{secrets.token_hex(6)}"
    draft.write_bytes(text(lock).encode("utf-8"))
    draft.replace(folder / LOCK)


def text(lock: Lock) -> str:
    """Write it as TOML, feed by feed in the order of their names."""
    tables = (_table(name, msgspec.to_builtins(one)) for name, one in sorted(lock.feeds.items()))
    return "\n".join((f"{_HEAD}schema = {_value(lock.schema)}\n", *tables))


def _table(name: str, fields: Mapping[str, object]) -> str:
    lines = "".join(f"{key} = {_value(value)}\n" for key, value in fields.items())
    return f"[feeds.{name}]\n{lines}"


def _value(value: object) -> str:
    """Write a string, a number or a truth; in these JSON is TOML but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other syncs from changing a folder; it is left when this process ends, however."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
