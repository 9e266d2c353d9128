"""What an installation says of itself, written once when it was made."""

from pathlib import Path
from typing import Final, Literal

import msgspec

from pipeline.toolchain import tree

FILE: Final = "penstock-tool.json"


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of `penstock-tool.json`: nothing in the folder may differ from it."""

    schema: Literal["penstock/tool@1"] = "penstock/tool@1"
    name: str
    version: str
    made_from: str
    """Digest over the lock's entry and the files it names, as `lock.made_from` computes it."""
    program: str
    """Path of the program, relative to the folder."""
    sha256: str
    """Digest over `files`, as `tree.digest` computes it."""
    files: dict[str, str]
    """By relative path: the file's sha256 as hex, or `-> TARGET` for a link."""


def write(folder: Path, *, name: str, version: str, made_from: str, program: str) -> Note:
    """Hash everything in a finished folder and put the note into it."""
    from concurrent.futures import ThreadPoolExecutor

    sight = tree.look(folder)
    with ThreadPoolExecutor() as pool:
        entries = tree.finish(sight, tree.start(folder, sight, pool))
    entries.pop(FILE, None)
    note = Note(
        name=name,
        version=version,
        made_from=made_from,
        program=program,
        sha256=tree.digest(entries),
        files=dict(sorted(entries.items())),
    )
    (folder / FILE).write_bytes(msgspec.json.encode(note) + b"\n")
    return note


def read(folder: Path) -> Note | None:
    """Return a folder's note, or None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
