"""Holds a Python environment against the RECORD of each distribution in it.

What pip installed is listed there with its digest. Nothing else may lie in the environment but its
interpreter, the program, and byte code beside the source that it was compiled from.
"""

import base64
import binascii
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from pipeline.toolchain.lock import LockedTool, VenvTool
from pipeline.toolchain.tree import REFUSED

_SITE: Final = re.compile(r"lib/python\d+\.\d+/site-packages/")
_CODE: Final = re.compile(r"(.*/)__pycache__/([^/]+)\.[a-z]+-\d+(\.opt-\d)?\.pyc")
_BIN: Final = "bin/"
_SHOWN: Final = 3
_OWN: Final = re.compile(r"pyvenv\.cfg|lib64|bin/python[0-9.]*|penstock-tool\.json")
_AT_START: Final = re.compile(r"[^/]*\.(pth|egg-link)|(site|user)customize(\.[^/]*)?(/.*)?")
"""What Python runs or follows by itself whenever it starts, wherever it came from."""


def fault(tool: LockedTool, folder: Path, entries: Mapping[str, str], program: str) -> str:
    """Say what an installation may not hold, or nothing. `entries` are those of `tree.finish`."""
    found = [f"{path!a} is {entries[path]}" for path in entries if entries[path] in REFUSED]
    try:
        if isinstance(tool, VenvTool):
            found += _faults(folder, entries, program)
    except (OSError, ValueError, csv.Error) as exc:
        found.append(f"a RECORD cannot be read: {exc}")
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more


class _Venv(msgspec.Struct, frozen=True, kw_only=True):
    """An environment as it was found, and as its RECORD files have it."""

    site: str
    """Where its packages are, with a slash behind it; empty where there are none."""
    program: str
    entries: Mapping[str, str]
    listed: Mapping[str, str]


def _faults(folder: Path, entries: Mapping[str, str], program: str) -> Iterator[str]:
    site = next((found[0] for path in entries if (found := _SITE.match(path))), "")
    listed = dict(_listed(folder, site, entries))
    venv = _Venv(site=site, program=program, entries=entries, listed=listed)
    for path in entries:
        yield from _fault(path, venv)
    for path in sorted(listed.keys() - entries.keys()):
        if not path.startswith(_BIN):  # programs that nobody asked for were removed
            yield f"{path!a} is missing"


def _fault(path: str, venv: _Venv) -> Iterator[str]:
    inside = path.removeprefix(venv.site)
    if venv.site and inside != path and _AT_START.fullmatch(inside):
        yield f"{path!a} would run whenever its Python starts"
    elif path == venv.program or _OWN.fullmatch(path):
        return
    elif path in venv.listed:
        if venv.listed[path] != venv.entries[path]:
            yield f"{path!a} is not what its RECORD says"
    elif not _is_compiled(path, venv.entries):
        yield f"{path!a} is in no RECORD"


def _is_compiled(path: str, entries: Mapping[str, str]) -> bool:
    """Say whether it is byte code whose source is there: its own digest was noted when made."""
    found = _CODE.fullmatch(path)
    return found is not None and f"{found[1]}{found[2]}.py" in entries


def _listed(folder: Path, site: str, entries: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """List what the RECORD files name, relative to the environment, with digests as hex.

    A RECORD has no digest of its own in itself: it is held against the note alone.
    """
    for path in entries:
        if site and path.startswith(site) and path.endswith(".dist-info/RECORD"):
            yield path, entries[path]
            with (folder / path).open(encoding="utf-8", newline="") as stream:
                yield from _lines(stream, site, path)


def _lines(stream: Iterator[str], site: str, record: str) -> Iterator[tuple[str, str]]:
    for row in csv.reader(stream):
        if len(row) != 3:  # noqa: PLR2004 -- path, digest, size
            raise ValueError(f"{record} is no RECORD: {row!r}"[:200])
        path = _inside(site, row[0])
        if path != record:
            yield path, _hex(row[1])


def _inside(site: str, path: str) -> str:
    """Write a path of RECORD relative to the environment; `..` climbs as far as that."""
    parts: list[str] = list(PurePosixPath(site).parts)
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def _hex(said: str) -> str:
    algorithm, _, digest = said.partition("=")
    if algorithm != "sha256":
        return ""
    try:
        return base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4)).hex()
    except binascii.Error:
        return ""
