"""Reads what the commands of `penstock exception` are told in words: days, reasons, files."""

import sys
from datetime import date
from pathlib import Path
from typing import Final

from pipeline.errors import UsageError
from pipeline.exceptions.asking import day_of
from pipeline.exceptions.files import read
from pipeline.model.artifact import sha256_of

_MOST: Final = 64 * 1024


def expiry(expires: str | None, days: int | None, today: date) -> date | None:
    """Read --expires or --days. Raises UsageError for both at once."""
    if expires is not None and days is not None:
        raise UsageError("--expires and --days say the same", hint="leave one of them out")
    if days is not None:
        return _day("--days", str(days), today)
    return None if expires is None else _date("--expires", expires)


def _day(option: str, typed: str, today: date) -> date:
    try:
        return day_of(typed, today)
    except UsageError as exc:
        raise UsageError(f"{option}: {exc.message}", hint=exc.hint) from exc


def _date(option: str, typed: str) -> date:
    if typed.isdigit():
        raise UsageError(f"{option}: {typed!r} is no day", hint="--days takes a number of days")
    return _day(option, typed, date.min)


def day(option: str, typed: str | None) -> date | None:
    """Read a day."""
    return None if typed is None else _date(option, typed)


def reason(text: str | None, file: str | None) -> str:
    """Read --reason or --reason-file. Raises UsageError for both at once."""
    if file is None:
        return text or ""
    if text is not None:
        raise UsageError("--reason and --reason-file say the same", hint="leave one of them out")
    data = sys.stdin.buffer.read(_MOST + 1) if file == "-" else content("--reason-file", Path(file))
    if len(data) > _MOST:
        raise UsageError(
            f"--reason-file {file} has more than {_MOST} bytes", hint="say it in fewer words"
        )
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError as exc:
        raise UsageError(f"--reason-file {file} is not UTF-8", hint="save it as UTF-8") from exc


def digest(file: Path | None) -> str | None:
    """Return the sha256 of --evidence."""
    return None if file is None else sha256_of(content("--evidence", file))


def content(option: str, file: Path) -> bytes:
    """Read the file that an option names."""
    try:
        return read(file)
    except UsageError as exc:
        raise UsageError(f"{option}: {exc.message}", hint="name a file that is here") from exc


def here(path: Path) -> str:
    """Name a path as the user would type it from where they stand."""
    now = Path.cwd()
    return str(path.relative_to(now)) if path.is_relative_to(now) else str(path)
