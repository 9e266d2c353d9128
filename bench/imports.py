"""`penstock import` of a million results, with an address space of 256 MB and no more."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from measure import PENSTOCK, Line

RESULTS = 1_000_000
_LIMIT_KB = 256 << 10
_LEVELS = ("note", "note", "warning", "warning", "error")
_WORDS = (
    "flows from the request into a statement that is executed; use a bound parameter instead, "
    "and check what comes in"
)


def lines() -> Iterator[Line]:
    """Import it from a file, then from a pipe."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        report = Path(folder) / "million.sarif"
        with report.open("w", encoding="utf-8") as stream:
            _write(stream)
        size = report.stat().st_size / 1e6
        for where, name in (("a file", str(report)), ("a pipe", "-")):
            cpu, peak = _import(Path(folder), name, report)
            what = f"import: SARIF of {RESULTS:,} results ({size:,.0f} MB) from {where}"
            yield Line(f"{what}, bundle and verdict, CPU", cpu, 30, "s")
            yield Line(f"{what}, resident memory, address space limited to 256 MB", peak, 256, "MB")
        yield from _again(Path(folder))


def _again(folder: Path) -> Iterator[Line]:
    """Ask about the bundle in the same memory."""
    with (folder / "evidence" / "findings.ndjson").open("rb") as stream:
        ident = json.loads(stream.readline())["id"]
    for words, code, most in (
        (("gate", "evidence"), 1, 30),
        (("gate", "evidence", "--format", "json"), 1, 60),
        (("explain", "evidence", ident), 0, 30),
        (("explain", "evidence", "--verdict"), 0, 30),
    ):
        cpu, peak = _limited(folder, *words, code=code)
        what = " ".join(words).replace(ident, "FINDING")
        yield Line(f"`{what}`, {RESULTS:,} findings, CPU", cpu, most, "s")
        yield Line("its resident memory, address space limited to 256 MB", peak, 256, "MB")


def _import(folder: Path, name: str, report: Path) -> tuple[float, float]:
    flags = ("--stage", "semgrep", "--target", "shop", "--out", "evidence")
    with report.open("rb") as stream:
        source = subprocess.Popen(["cat"], stdin=stream, stdout=subprocess.PIPE)
        found = _limited(folder, "import", name, *flags, source=source.stdout)
        if source.stdout is not None:
            source.stdout.close()
        source.wait()
    return found


def _limited(
    folder: Path, *words: str, source: IO[bytes] | None = None, code: int = 1
) -> tuple[float, float]:
    """Run a command, and return its seconds of CPU and its memory. Its answer is FAIL."""
    shell = f'ulimit -v {_LIMIT_KB}; exec "$@"'
    process = subprocess.Popen(
        ["sh", "-c", shell, "sh", PENSTOCK, *words],
        cwd=folder,
        stdin=source,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code or not (folder / "evidence" / "findings.ndjson").is_file():
        raise RuntimeError(f"{words[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _write(stream: IO[str]) -> None:
    rules = [
        {
            "id": f"R{number:04d}",
            "shortDescription": {"text": f"Rule number {number}"},
            "properties": {"tags": [f"external/cwe/cwe-{number + 1}"], "precision": "high"},
        }
        for number in range(1000)
    ]
    tool = {"driver": {"name": "Look", "version": "1.0", "rules": rules}}
    ended = [{"executionSuccessful": True, "endTimeUtc": "2026-11-25T08:00:00Z"}]
    head = {"tool": tool, "invocations": ended, "results": []}
    start = json.dumps({"version": "2.1.0", "runs": [head]}).removesuffix("]}]}")
    stream.write(start)
    for number in range(RESULTS):
        stream.write(f"{',' if number else ''}{_result(number)}")
    stream.write("]}]}")


def _result(number: int) -> str:
    """Write a result; of five, one says what another one said in another file."""
    line = number % 3000 + 1
    said = number % (RESULTS * 4 // 5)
    uri = f"src/module{number % 997}/package{number % 101}/file{number % 4999}.py"
    region = {
        "startLine": line,
        "startColumn": 5,
        "endLine": line,
        "endColumn": 44,
        "snippet": {"text": f"    cursor.execute(query_{said} % value)"},
    }
    place = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}
    result = {
        "ruleId": f"R{number * 7919 % 1000:04d}",
        "ruleIndex": number * 7919 % 1000,
        "level": _LEVELS[number % 5],
        "message": {"text": f"Value number {said} {_WORDS}."},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"primaryLocationLineHash": f"{number:016x}:1"},
        "properties": {"issue": "x" * 60},
    }
    return json.dumps(result)
