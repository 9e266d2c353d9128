"""Writes a finished record in the formats that were asked for."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pipeline.cli.options import unknown
from pipeline.cli.terminal import streams
from pipeline.errors import PenstockError, UsageError
from pipeline.model.record import RunRecord
from pipeline.report import FORMATS
from pipeline.report.base import Style
from pipeline.toolchain.reading import write_text


class Wanted(msgspec.Struct, frozen=True):
    """One format, and where it goes: None for standard output."""

    name: str
    file: Path | None


def read_formats(
    written: Sequence[str] | None, known: tuple[str, ...] = tuple(FORMATS)
) -> tuple[Wanted, ...]:
    """Read `F[=FILE]`. Raises UsageError for a format that is none, and for two on stdout."""
    wanted = tuple(_wanted(one, known) for one in written or ("text",))
    # Path.resolve() refuses a link to itself, which is told when it is opened.
    files = [os.path.realpath(one.file) for one in wanted if one.file is not None]
    if len(set(files)) < len(files):
        raise UsageError("two formats cannot share one file", hint="give each a file of its own")
    if sum(one.file is None for one in wanted) > 1:
        raise UsageError(
            "two formats cannot share standard output", hint="give one of them a file: sarif=FILE"
        )
    if all(one.file is not None for one in wanted):
        return (*wanted, Wanted("text", None))
    return wanted


def _wanted(written: str, known: tuple[str, ...]) -> Wanted:
    name, named, file = written.partition("=")
    if name not in known:
        raise unknown("format", name, known)
    if not named:
        return Wanted(name, None)
    if not file or Path(file).is_dir():
        raise UsageError(f"--format {written} names no file", hint=f"write it as {name}=FILE")
    if not Path(file).absolute().parent.is_dir():
        raise UsageError(f"the folder of {file} is not there", hint="make it first")
    return Wanted(name, Path(file))


def write(record: RunRecord, wanted: tuple[Wanted, ...], environment: Mapping[str, str]) -> None:
    """Render and write each format. Raises PenstockError when a file cannot be written."""
    for one in wanted:
        style = _style(environment) if one.file is None else Style()
        form = "coloured" if style.color else one.name
        put(FORMATS[one.name].render(record, style), one.file, form)


def put(text: str, file: Path | None, form: str) -> None:
    """Write a text to a file, or to standard output. Raises PenstockError where that fails."""
    put_pieces((text,), file, form)


def put_pieces(pieces: Iterable[str], file: Path | None, form: str) -> None:
    """Write a long text as it comes. Raises PenstockError where that fails."""
    if file is None:
        streams.say_pieces(pieces, form)
        return
    try:
        write_text(file, pieces)
    except OSError as exc:
        raise PenstockError(
            f"cannot write {file}: {exc.strerror}", hint="name a file that can be written"
        ) from exc


def as_typed(record: RunRecord) -> RunRecord:
    """Name the target and the bundle as the user would from where they stand."""
    return msgspec.structs.replace(
        record, target=_from_here(record.target), bundle=_from_here(record.bundle)
    )


def _from_here(path: str) -> str:
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _style(environment: Mapping[str, str]) -> Style:
    import shutil

    encoding = (sys.stdout.encoding or "ascii").lower()
    return Style(
        color=use_color(environment, is_terminal=sys.stdout.isatty()),
        width=min(shutil.get_terminal_size((100, 24)).columns, 140),
        unicode=encoding.startswith("utf"),
    )


def use_color(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide about colour: NO_COLOR, then FORCE_COLOR, then whether a person is looking."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def quiet_stdout() -> None:
    """Let undecodable names reach a narrow terminal as escapes instead of as a crash."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def note(sentences: Sequence[str]) -> None:
    """Tell the person at the terminal what belongs into no report."""
    streams.tell(f"note: {sentence}" for sentence in sentences)
