"""Every class of fault, shown with a real scanner: what is done to it, or to what it wrote.

Most rows start zizmor, the quickest; nothing here stands in for it. A row that stops it or kills it
gives it one more file to read, a pipe: whoever opens that pipe for writing is let go when
the scanner has opened it for reading, so that it is at work then, and stays so.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.toolchain import note
from tests.faults.altered import TENTHS
from tests.faults.bench import TOOL, Bench
from tests.faults.faults import PATIENCE
from tests.faults.replay import kept, really, recorded
from tests.support.small import WORKFLOW

STAGE: Final = "workflows"
_REQUIREMENTS: Final = "requirements.txt"
_AT_WORK: Final = """
mkfifo "$TMPDIR/ci.yml"
( exec 3> "$TMPDIR/ci.yml"; while kill -SIGNAL $$ 2> /dev/null; do sleep 0.1; done ) &
exec "REAL" "$@" "$TMPDIR/ci.yml"
"""
"""It is told more than once: a handler may let the first one pass."""
_AFTERWARDS: Final = """
"REAL" "$@" > "$TMPDIR/all"
code=$?
size=$(stat -c %s "$TMPDIR/all")
"""
_DRIP: Final = """n=0
while [ $n -lt $size ]; do
  dd if="$TMPDIR/all" bs=1 skip=$n count=1 2> /dev/null; sleep 0.2; n=$((n + 1))
done"""

Make = Callable[[Bench], object]


class Real(NamedTuple):
    """One class of fault, as a real scanner has it."""

    make: Make
    reasons: frozenset[str]
    said: str
    """What the gap says besides, so that nothing else has gone wrong."""
    in_make_test: bool = False


def _script(body: str) -> Make:
    def make(bench: Bench) -> None:
        tool = TOOL[STAGE]
        bench.tools.put(tool, f"#!/bin/sh\n{body.replace('REAL', bench.tools.real[tool])}\n")

    return make


def _at_work(signal: str) -> Make:
    """Send a signal to the scanner while it reads."""
    return _script(_AT_WORK.replace("SIGNAL", signal))


def _with(limit: str) -> Make:
    """Give the scanner less of something than it needs."""
    return _script(f'ulimit {limit}\nexec "REAL" "$@"')


def _instead(said: str) -> Make:
    """Let the scanner do all of its work, and say something else in its place."""
    return _script(f"{_AFTERWARDS}{said}\nexit $code")


def _patient(make: Make) -> Make:
    def hurried(bench: Bench) -> None:
        make(bench)
        bench.timeout(PATIENCE)

    return hurried


def _itself(change: Callable[[Path], object]) -> Make:
    """Install the scanner itself, which passes, and then do something to its program."""

    def make(bench: Bench) -> None:
        program = bench.tools.install(TOOL[STAGE])
        bench.sound = False
        bench.passes()
        change(program)

    return make


def _grown(program: Path) -> None:
    with program.open("ab") as file:
        file.write(b"\0")


def _another_version(program: Path) -> None:
    file = program.parents[1] / note.FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": "0.0.1"}))


def _another_tools(bench: Bench) -> None:
    """Say, after all the work, what another scanner has really written of the same shop."""
    words = (bench.tools.real[TOOL["sbom"]], "requirements", bench.shop / _REQUIREMENTS)
    said = subprocess.run([*words, "--of", "JSON"], capture_output=True, text=True, check=True)
    assert '"bomFormat": "CycloneDX"' in said.stdout
    _instead(f"cat <<'END'\n{said.stdout}\nEND")(bench)


def _another_targets(bench: Bench) -> None:
    """Run over files of the same names in another folder, planted for another run."""
    _script(
        'cp -R . "$TMPDIR/other"\ncd "$TMPDIR/other"\n'
        'sed -i "s/echo [0-9a-f]* /echo 0123456789abcdef /" canary/workflows/canary.yml\n'
        'exec "REAL" "$@"'
    )(bench)


def _nothing_found(bench: Bench) -> None:
    """Run over a file in which nothing is wrong, and let that be its whole answer."""
    _script(
        f"cat > \"$TMPDIR/ci.yml\" <<'END'\n{WORKFLOW}END\n"
        'exec "REAL" --offline --no-config --format json-v1 "$TMPDIR/ci.yml"'
    )(bench)


def _yesterdays(bench: Bench) -> None:
    """Say, after all the work, what it wrote in the run before."""
    assert bench.passed is not None
    said = recorded(bench.passed, STAGE)
    program = bench.tools.real[TOOL[STAGE]]
    label = 'label=workflows-lenient\ncase "$*" in *--strict-collection*) label=workflows;; esac\n'
    text = """awk -v of="#= $label.report" '$0 == of {f=1; next} /^#= /{f=0} f' "$0" | base64 -d"""
    body = f"#!/bin/sh\n{really(program)}\n{label}{text}\nexit $code\n{kept(said)}"
    bench.tools.put(TOOL[STAGE], body)


_FAILED: Final = frozenset({"tool_failed"})
_OUTPUT: Final = frozenset({"tool_output"})
_LIMIT: Final = frozenset({"limit"})
_TIMEOUT: Final = frozenset({"timeout"})
_CANARY: Final = frozenset({"canary_missed"})
_DIGEST: Final = frozenset({"digest_mismatch"})

_SEGV: Final = "zizmor was killed by SIGSEGV"
_NO_REPORT: Final = "not a report of its own"
_MISSED: Final = "the planted known-bad input was not reported"
REAL: Final[Mapping[str, Real]] = {
    "missing": Real(
        _itself(lambda program: program.unlink()), frozenset({"tool_missing"}), "is not there"
    ),
    "not executable": Real(
        _itself(lambda program: program.chmod(0o644)), _FAILED, "is not executable"
    ),
    "wrong version": Real(_itself(_another_version), _DIGEST, "speaks of another tool"),
    "wrong rules digest": Real(_itself(_grown), _DIGEST, "changed: 'bin/zizmor'"),
    "crash at start": Real(_with("-v 20000"), _FAILED, _SEGV),
    "crash after half a report": Real(
        _instead('head -c $((size / 2)) "$TMPDIR/all"; kill -SEGV $$'), _FAILED, _SEGV
    ),
    "exit code lies: nothing found": Real(
        _instead('cat "$TMPDIR/all"; exit 0'), _OUTPUT, "ended with 0, and reports what is worst"
    ),
    "exit code lies: no answer": Real(
        _instead('cat "$TMPDIR/all"; exit 1'), _FAILED, "zizmor ended with exit code 1"
    ),
    "hang": Real(_patient(_at_work("STOP")), _TIMEOUT, "stopped after 2 s", in_make_test=True),
    "slow drip": Real(_patient(_instead(_DRIP)), _TIMEOUT, "stopped after 2 s"),
    "OOM-killed": Real(_at_work("KILL"), _FAILED, "SIGKILL (is there enough memory?)"),
    "too little memory": Real(_with("-v 40000"), _FAILED, "memory allocation of "),
    "SIGSEGV": Real(_at_work("SEGV"), _FAILED, _SEGV, in_make_test=True),
    "empty": Real(_instead(""), _OUTPUT, "Input data was truncated"),
    "`[]`": Real(_nothing_found, _CANARY | {"not_listed"}, _MISSED),
    "`{}`": Real(_instead("echo '{}'"), _OUTPUT, "got `object`"),
    "HTML": Real(_instead("echo '<html>502 Bad Gateway</html>'"), _OUTPUT, _NO_REPORT),
    "other tool's report": Real(_another_tools, _OUTPUT, "got `object`"),
    "other target's report": Real(_another_targets, _CANARY, _MISSED),
    "yesterday's report replayed": Real(_yesterdays, _CANARY, _MISSED, in_make_test=True),
    "2 GiB": Real(
        _instead('cat "$TMPDIR/all"; head -c 2147483648 /dev/zero'), _LIMIT, "bytes of report"
    ),
}
"""What is tried in tests/faults/test_real_tools.py: zizmor, whose rules are in its program."""


class Elsewhere(NamedTuple):
    """A cell of another table in which a real scanner works too."""

    file: str
    cell: str


_TABLE: Final = "test_table.py"
_FEEDS: Final = "test_feeds_and_images.py"
_MACHINE: Final = "test_machine.py"
ELSEWHERE: Final[Mapping[str, Elsewhere]] = {
    **{
        f"truncated at {tenths}0 %": Elsewhere(_TABLE, f"{STAGE}: a report cut at {tenths}0 %")
        for tenths in TENTHS
    },
    "duplicated keys": Elsewhere(_TABLE, f"{STAGE}: a member named twice"),
    "NaN": Elsewhere(_TABLE, f"{STAGE}: NaN"),
    "canary missed": Elsewhere(_TABLE, f"{STAGE}: the canary is kept from the real tool"),
    "database missing": Elsewhere(_FEEDS, "packages: no database"),
    "database old": Elsewhere(_FEEDS, "packages: an old database"),
    "database future": Elsewhere(_FEEDS, "packages: a database of the future"),
    "database corrupt": Elsewhere(_FEEDS, "packages: one byte of the database changed"),
    "database empty": Elsewhere(_FEEDS, "packages: a database without advisories"),
    "clock back": Elsewhere(_MACHINE, "the clock is set back during the scan"),
    "clock forward": Elsewhere(_MACHINE, "the clock is set forward during the scan"),
    "disk full": Elsewhere(_MACHINE, "no room for the evidence"),
    "read-only output": Elsewhere(_MACHINE, "output that may only be read"),
    "no file descriptors": Elsewhere(_MACHINE, "no file descriptors"),
    "no processes": Elsewhere(_MACHINE, "no processes"),
    "target changed during the scan": Elsewhere(_MACHINE, "the target changes during the scan"),
    "policy changed during the scan": Elsewhere(_MACHINE, "the policy changes during the scan"),
}
"""Each of these starts what is installed, and needs no stand-in."""
CLASSES: Final = (
    *("missing", "not executable", "crash at start", "crash after half a report"),
    *("exit code lies: nothing found", "exit code lies: no answer", "hang", "slow drip"),
    *("OOM-killed", "too little memory", "SIGSEGV", "empty", "`[]`", "`{}`", "HTML"),
    *("other tool's report", "other target's report", "yesterday's report replayed"),
    *(f"truncated at {tenths}0 %" for tenths in TENTHS),
    *("duplicated keys", "NaN", "2 GiB", "wrong version", "wrong rules digest", "canary missed"),
    *("database missing", "database old", "database future", "database corrupt"),
    *("database empty", "clock back", "clock forward", "disk full", "read-only output"),
    *("no file descriptors", "no processes"),
    *("target changed during the scan", "policy changed during the scan"),
)
"""Every class of fault there is."""
