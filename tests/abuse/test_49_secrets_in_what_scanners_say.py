"""Abuse case 49, of our own runs: scanners quote secrets to people, in whatever spelling."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from tests.faults.bench import Bench
from tests.support.command import Bundle, Ran, penstock
from tests.support.seeded import FORMATS, SECRETS, files, seen
from tests.support.small import repository

pytestmark = pytest.mark.tools

_RIM: Final = f"RSA {'PRIVATE'} KEY-----"


def _quoted(value: str) -> str:
    return json.dumps(value)


def _wide(value: str) -> str:
    """Write as Windows programs do: the shell makes the zeros."""
    return "".join(f"{one}\0" for one in value)


ENCODINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "as it is": str,
    "JSON": lambda value: json.dumps({"password": value}),
    "JSON within JSON": lambda value: json.dumps(json.dumps({"password": value})),
    "a setting": lambda value: f"SERVICE_TOKEN={_quoted(value)}",
    "URL": lambda value: f"GET https://127.0.0.1/?q={quote(value, safe='')}",
    "URL, twice": lambda value: quote(f"https://127.0.0.1/?q={quote(value, safe='')}", safe=""),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 of more": lambda value: base64.urlsafe_b64encode(f"user:{value}".encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "UTF-16": _wide,
}
"""What a scanner may make of a secret before it says it."""
PASSWORD: Final = "Tr0ub4dor-and-3x"
"""One that looks like a word: it is known by what it is called alone."""
CUT: Final[Mapping[str, str]] = {
    "a key": f"error: -----BEGIN {_RIM}\n" + f"{SECRETS['private-key']}\n" * 400,
    "a long line": "x " * 9000 + SECRETS["private-key"] + " " + "y " * 1900,
    "a token in the middle": SECRETS["github"] + "-" * (4096 - 30),
    "a password": "x " * 9000 + f"password={PASSWORD}",
    "a password in JSON": json.dumps({"x": "y " * 9000, "password": PASSWORD}),
    "a password in a sentence": f"login failed: password: {PASSWORD}",
}


def _few(names: Iterable[str], *always: str) -> list[object]:
    """Let most be slow: all of them are in the log of one run besides."""
    return [pytest.param(name, marks=() if name in always else pytest.mark.slow) for name in names]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("said") / "bench", "workflows")


def _told(done: Ran) -> bytes:
    return (done.out + done.err).encode("utf-8", "surrogateescape")


def _complaint(said: str) -> str:
    """Write a tool that says this on standard error."""
    octal = said.replace("\\", "\\\\").replace("%", "%%").replace("\0", "\\000")
    return f"printf '{octal.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}\\n' >&2"


def _run(target: Path, out: Path, extra: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Run it in every format, and ask about it."""
    out.mkdir()
    words = [word for one in FORMATS for word in ("--format", f"{one}={out / one}")]
    ran = penstock("run", target, "--out", out / "bundle", *words, "--format", "text",
                   "--progress", "plain", extra=extra)  # fmt: skip
    told = [("run", _told(ran))]
    told.append(("verdict", _told(penstock("explain", out / "bundle", "--verdict"))))
    found = [one["id"] for one in Bundle(out / "bundle").findings[:2]]
    told += [(one, _told(penstock("explain", out / "bundle", one))) for one in found]
    return [*told, *files(out)]


def _complains(bench: Bench, out: Path, script: str) -> list[tuple[str, bytes]]:
    bench.tools.put("zizmor", f"#!/bin/sh\n{script}\nexit 9\n")
    extra = {"PENSTOCK_TOOLS": str(bench.tools.path)}
    written = _run(bench.shop, out, extra)
    assert Bundle(out / "bundle").unanswered() == {("workflows", None, "tool_failed")}
    return written


@pytest.mark.parametrize("encoding", _few(ENCODINGS, "JSON", "base64"))
def test_nothing_that_is_written_holds_a_secret_that_a_scanner_complains_of(
    bench: Bench, tmp_path: Path, encoding: str
) -> None:
    spell = ENCODINGS[encoding]
    said = [f"error: cannot fetch with {spell(value)}" for value in SECRETS.values()]
    written = _complains(bench, tmp_path / "out", _complaint("\n".join(said)))
    assert any(b"cannot fetch with" in data for _, data in written)
    assert not seen(written)


@pytest.mark.parametrize("kind", _few(CUT, "a key", "a password"))
def test_a_secret_whose_beginning_is_cut_off_is_hidden(
    bench: Bench, tmp_path: Path, kind: str
) -> None:
    written = _complains(bench, tmp_path / "out", _complaint(CUT[kind]))
    assert not seen(written)
    assert not [name for name, data in written if PASSWORD.encode() in data]
    assert not [name for name, data in written if SECRETS["github"][-20:].encode() in data]


def test_a_log_that_is_kept_beside_a_report_holds_no_secret(bench: Bench, tmp_path: Path) -> None:
    said = [f"note: {spell(value)}" for spell in ENCODINGS.values() for value in SECRETS.values()]
    bench.tools.wrap("zizmor", _complaint("\n".join(said)))
    extra = {"PENSTOCK_TOOLS": str(bench.tools.path)}
    written = _run(bench.shop, tmp_path / "out", extra)
    kept = [data for name, data in written if name.startswith("bundle/raw/") and b"note:" in data]
    assert kept
    assert not seen(written)


_RULE: Final = """rules:
  - id: own.assigned
    languages: [python]
    severity: WARNING
    message: "hardcoded password $V in $X"
    pattern: $X = "$V"
"""


def test_a_rule_that_quotes_what_it_finds_tells_no_secret(tmp_path: Path) -> None:
    lines = [
        f"{kind.replace('-', '_')}_{number} = {_quoted(spell(value))}\n"
        for kind, value in SECRETS.items()
        for number, spell in enumerate(ENCODINGS.values())
    ]
    sources = {"app/a.py": "".join(lines), "policies/semgrep/own.yml": _RULE}
    target = repository(tmp_path / "in", "semgrep", files=sources.items())
    written = _run(target, tmp_path / "out", {})
    found = Bundle(tmp_path / "out/bundle").findings
    assert len(found) >= len(SECRETS)
    assert all(one["message"].startswith("hardcoded password ") for one in found)
    assert not seen(written)
