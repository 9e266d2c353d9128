"""Write databases of rpm in each of their forms: made-up packages, as a scanner reads them."""

import sqlite3
import stat
import struct
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

_PAGE: Final = 4096
_STRING, _INT16, _INT32, _BIN, _STRINGS = 6, 3, 4, 7, 8


class Rpm(NamedTuple):
    """An installed package."""

    name: str
    version: str = "1.0"
    release: str = "1.el9"
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    vendor: str = "AlmaLinux"


def header(package: Rpm, *more: tuple[int, int, Sequence[str]]) -> bytes:
    """Return a package's header, with more entries (tag, kind, texts) where they are wanted."""
    paths = [PurePosixPath(path) for path in (*package.files, *package.folders)]
    folders = sorted({f"{path.parent}/".replace("//", "/") for path in paths})
    modes = [stat.S_IFREG | 0o755] * len(package.files) + [stat.S_IFDIR] * len(package.folders)
    places = [folders.index(f"{path.parent}/".replace("//", "/")) for path in paths]
    texts = (
        (1000, _STRING, [package.name]),
        (1001, _STRING, [package.version]),
        (1002, _STRING, [package.release]),
        (1011, _STRING, [package.vendor]),
        (1022, _STRING, ["x86_64"]),
        (1044, _STRING, [f"{package.name}-{package.version}-{package.release}.src.rpm"]),
    )
    entries = [(tag, kind, len(said), _texts(said)) for tag, kind, said in (*texts, *more)]
    if paths:
        entries += [
            (1030, _INT16, len(modes), struct.pack(f">{len(modes)}H", *modes)),
            (1116, _INT32, len(places), struct.pack(f">{len(places)}I", *places)),
            (1117, _STRINGS, len(paths), _texts([path.name for path in paths])),
            (1118, _STRINGS, len(folders), _texts(folders)),
        ]
    return _sealed(sorted(entries, key=lambda entry: entry[0]))


def _texts(said: Iterable[str]) -> bytes:
    return b"".join(one.encode() + b"\0" for one in said)


def _sealed(entries: list[tuple[int, int, int, bytes]]) -> bytes:
    """Put entries into the region that every header of today begins with."""
    index, store = b"", b""
    for tag, kind, count, data in entries:
        store += b"\0" * (-len(store) % {_INT16: 2, _INT32: 4}.get(kind, 1))
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += data
    number = len(entries) + 1
    trailer = struct.pack(">IIiI", 63, _BIN, -16 * number, 16)
    region = struct.pack(">IIII", 63, _BIN, len(store), 16)
    store += trailer
    return struct.pack(">II", number, len(store)) + region + index + store


def sqlite(*headers: bytes) -> bytes:
    """Return `rpmdb.sqlite`, as rpm itself would have it written."""
    with TemporaryDirectory() as folder:
        base = sqlite3.connect(f"{folder}/rpmdb.sqlite")
        base.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB)")
        base.execute("CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL)")
        base.executemany("INSERT INTO Packages (blob) VALUES (?)", [(one,) for one in headers])
        base.commit()
        data = base.serialize()
        base.close()
    return data


def ndb(*headers: bytes) -> bytes:
    """Return `Packages.db`."""
    slots, store = b"", b""
    for number, one in enumerate(headers, start=1):
        padded = struct.pack("<4sIII", b"BlbS", number, 0, len(one)) + one
        padded += b"\0" * (-len(padded) % 16)
        at = (_PAGE + len(store)) // 16
        slots += struct.pack("<4sIII", b"Slot", number, at, len(padded) // 16)
        store += padded
    free = (_PAGE - 32 - len(slots)) // 16
    head = struct.pack("<4sIII", b"RpmP", 0, 1, 1) + b"\0" * 16
    return head + slots + struct.pack("<4sIII", b"Slot", 0, 0, 0) * free + store


def berkeley(*headers: bytes, sign: str = "<", on_page: bytes = b"") -> bytes:
    """Return `Packages`: one page of keys, and a chain of pages for each header.

    `on_page` is a header that is short enough to lie beside its key.
    """
    chains: list[bytes] = []
    items: list[bytes] = []
    for number, one in enumerate(headers, start=1):
        items += [b"\1" + struct.pack(f"{sign}I", number)]
        items += [b"\3\0\0\0" + struct.pack(f"{sign}II", 2 + len(chains), len(one))]
        chains += _chain(one, 2 + len(chains), sign)
    if on_page:
        items += [b"\1" + struct.pack(f"{sign}I", len(headers) + 1), b"\1" + on_page]
    last = 1 + len(chains)
    meta = bytearray(_PAGE)
    struct.pack_into(f"{sign}III", meta, 12, 0x061561, 9, _PAGE)
    struct.pack_into("B", meta, 25, 8)
    struct.pack_into(f"{sign}I", meta, 32, last)
    return bytes(meta) + _keys(items, sign) + b"".join(chains)


def _keys(items: list[bytes], sign: str) -> bytes:
    page = bytearray(_PAGE)
    end = _PAGE
    for number, item in enumerate(items):
        end -= len(item)
        page[end : end + len(item)] = item
        struct.pack_into(f"{sign}H", page, 26 + 2 * number, end)
    struct.pack_into(f"{sign}I", page, 8, 1)
    struct.pack_into(f"{sign}HHBB", page, 20, len(items), end, 0, 13)
    return bytes(page)


def _chain(data: bytes, first: int, sign: str) -> list[bytes]:
    pieces = [data[at : at + _PAGE - 26] for at in range(0, len(data), _PAGE - 26)]
    pages = []
    for number, piece in enumerate(pieces):
        following = first + number + 1 if number + 1 < len(pieces) else 0
        head = struct.pack(
            f"{sign}8sIIIHHBB", b"", first + number, 0, following, 1, len(piece), 0, 7
        )
        pages.append((head + piece).ljust(_PAGE, b"\0"))
    return pages
