"""What a process has to see of the machine to work at all."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.toolchain import note
from pipeline.toolchain.command import Command

_SYSTEM: Final = tuple(Path(name) for name in ("/usr", "/bin", "/sbin", "/lib", "/lib64"))
_SHEBANG: Final = 256


def reads(command: Command) -> tuple[str, ...]:
    """List the files and folders that a command may read beside the system's own.

    Not all of its working directory: others have their files there too.
    """
    found = [*command.reads, *(path for path, _ in command.inputs)]
    for program in (Path(command.argv[0]), *command.programs):
        found += surroundings(program)
    return tuple(dict.fromkeys(str(path) for path in found if path.exists()))


def writes(command: Command, *own: Path) -> tuple[str, ...]:
    """List the folders that a command may write to."""
    report = () if command.report is None else (command.report.parent,)
    return tuple(dict.fromkeys(str(path) for path in (*own, *command.writes, *report)))


def surroundings(program: Path) -> tuple[Path, ...]:
    """Return a program with what it consists of: its installation, interpreter and libraries."""
    found: dict[Path, None] = {}
    left = [program]
    while left:
        path = left.pop()
        if any(path.is_relative_to(one) for one in (*_SYSTEM, *found)):
            continue
        whole = _installation(path)
        found[whole or path] = None
        left += _needed(path, whole)
    return tuple(found)


def _needed(path: Path, whole: Path | None) -> Iterator[Path]:
    """Yield what a program leads to: by links, as an interpreter, or as one's installation."""
    yield from _linked(path)
    yield from _interpreter(path)
    for folder in () if whole is None else (whole, whole / "bin"):
        for entry in folder.iterdir() if folder.is_dir() else ():
            yield from _linked(entry)


def _linked(path: Path) -> Iterator[Path]:
    """Yield where a link leads to, and with a Python what it loads."""
    real = Path(os.path.realpath(path))
    places = {path, real}
    if path.is_symlink():
        places.add(path.parent / path.readlink())
        yield from places
    if real.name.startswith("python") and real.parent.name == "bin":
        prefixes = (place.parent.parent for place in places if place.parent.name == "bin")
        yield from (folder for one in prefixes for folder in _libraries(one))


def _libraries(prefix: Path) -> Iterator[Path]:
    return (folder for name in ("lib", "lib64") if (folder := prefix / name).is_dir())


def _installation(path: Path) -> Path | None:
    """Return the folder that a program was installed into as a whole, if it was."""
    for folder in path.parents[:2]:
        if (folder / "pyvenv.cfg").is_file() or (folder / note.FILE).is_file():
            return folder
    return None


def _interpreter(path: Path) -> Iterator[Path]:
    try:
        with path.open("rb") as file:
            first = file.readline(_SHEBANG)
    except OSError:
        return
    if first.startswith(b"#!") and (words := first[2:].split()):
        yield Path(words[0].decode("utf-8", "surrogateescape"))
