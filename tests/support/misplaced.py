"""Places that cannot be read or written, and the commands that can be pointed at them."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from typer._click.core import Command, Context
from typer.models import TyperPath

from pipeline.cli.app import COMMANDS
from pipeline.cli.group import command

DIGEST: Final = f"sha256:{'a' * 64}"
_IMAGE: Final = f"127.0.0.1:1/acme/app@{DIGEST}"
_LABELS: Final = ("DIR", "FILE", "BUNDLE", "PATH", "TARGET", "BASE", "HEAD")
_GOOD: Final[Mapping[str, str]] = {
    "BUNDLE": "bundle",
    "REF@DIGEST": _IMAGE,
    "REF@DIGEST|BUNDLE": _IMAGE,
    "SRC@DIGEST": _IMAGE,
    "DST[:TAG]": "127.0.0.1:1/acme/app:1",
    "EX-…": "EX-1",
    "DAY": "2026-11-01",
    "FILE...": "report.sarif",
    "BASE": "policies",
    "HEAD": "policies",
    "--stage": "semgrep",
    "--bundle": "bundle",
    "--bundles": "bundle",
    "--out": "written",
    "--policy": "verify.yaml",
}
"""Good values of what is required, by what --help calls it."""
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "explain": ("--verdict",),
    "exception new": (
        *("CVE-2026-11111", "--bundle", "found", "--ticket", "SEC-482", "--days", "9"),
        *("--owner", "dave@example.com", "--requester", "erin@example.com"),
        *("--reason-file", "reason.txt"),
    ),
    "exception renew": ("--days", "9"),
    "import": ("--target", "shop"),
    "sign": ("--key", "report.sarif"),
    "feeds sync": ("kev", "--mirror", "http://127.0.0.1:1/"),
}
"""What a command is given so that it comes as far as the place."""
PLACES: Final[Mapping[str, str]] = {
    "missing": "nowhere",
    "deep": "nowhere/x/y",
    "below a file": "a-file/x",
    "a file": "a-file",
    "a folder": "a-folder",
    "a pipe": "pipe",
    "dangling": "dangling",
    "a loop": "loop",
    "empty": "empty",
    "garbage": "garbage",
    "hollow": "hollow",
    "of two lines": "no\n\x1b[2Jwhere",
    "no UTF-8": "no\udcff",
    "too long": "x" * 300,
    "full": "/dev/full",
    "without end": "/dev/zero",
}
"""Every way in which a place can be wrong, and a place that is."""
VERIFY: Final = """apiVersion: penstock/v1
kind: VerifyPolicy
trust: root.json
resource: 127.0.0.1/acme/app
environment: release
signers:
  - issuer: https://ci.example.com
    identity: https://ci.example.com/acme/app
    repository_id: "1"
    build_triggers: [push]
    verifier: https://ci.example.com/acme/app
max_age_hours: 168
fail_window_hours: 24
"""
CASES: Final = """apiVersion: penstock/v1
kind: PolicyTest
now: 2026-11-21T12:00:00Z
cases:
  - {name: nothing found, env: pr, findings: [], expect: {verdict: pass}}
"""


def lay(folder: Path) -> None:
    """Put the bad places into a folder, anew."""
    names = {place.partition("/")[0] for place in PLACES.values()} - {"", PLACES["too long"]}
    for path in map(folder.joinpath, names):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (folder / "a-file").write_text("text\n")
    (folder / "a-folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to("nothing")
    (folder / "loop").symlink_to("loop")
    (folder / "empty").touch()
    (folder / "garbage").write_bytes(bytes(range(256)))
    (folder / "hollow").mkdir()
    for name in ("run.json", "verdict.json", "findings.ndjson", "gate.yaml"):
        (folder / "hollow" / name).touch()


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter of one command that names a file or a folder."""

    command: tuple[str, ...]
    called: str
    words: tuple[str | None, ...]
    """The rest of the command line, with None where the place stands."""

    def at(self, place: str) -> list[str]:
        """Return the command line that names this place."""
        beside = _BESIDE.get(" ".join(self.command), ())
        words = (place if one is None else one for one in self.words)
        return [*self.command, *beside, *words]

    def __str__(self) -> str:
        return " ".join((*self.command, self.called))


def commands() -> Iterator[tuple[tuple[str, ...], Command]]:
    """Yield every command that does something, with the words that call it."""
    yield from _below(command(COMMANDS), ())


def _below(one: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    if not hasattr(one, "list_commands"):
        yield words, one
        return
    context = Context(one)
    for name in one.list_commands(context):
        yield from _below(one.get_command(context, name), (*words, name))


def spots() -> Iterator[Spot]:
    """Yield every parameter of every command that names a place."""
    for words, one in commands():
        for asked in filter(_is_place, one.params):
            rest = (word for each in one.params for word in _words(each, asked))
            yield Spot(command=words, called=_called(asked), words=tuple(rest))


def _is_place(asked: Any) -> bool:
    label = (asked.metavar or "").strip("[]")
    found = label in _LABELS or "FILE" in label or "BUNDLE" in label
    return found or isinstance(asked.type, TyperPath)


def _called(asked: Any) -> str:
    option: str = asked.opts[0]
    return option if option.startswith("-") else (asked.metavar or option)


def _words(each: Any, tested: Any) -> Iterator[str | None]:
    """Yield the words of one parameter: the tested one, and what is required beside it."""
    if each is not tested and not each.required:
        return
    option = each.opts[0]
    if option.startswith("-"):
        yield option
    yield None if each is tested else _GOOD.get(option) or _GOOD[each.metavar]
