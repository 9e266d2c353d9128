"""The faults of a tool, made on disk, and what each has to become."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.faults.bench import SLOW_TIMEOUT, TOOL, Bench

_WHERE: Final = """
out=""
take=""
for word in "$@"; do
  case "$take" in 1) out="$word"; take=""; continue;; esac
  case "$word" in
    --output|-o) take=1;;
    --output=*) out="${word#--output=}";;
  esac
done
put() { if [ -n "$out" ]; then cat > "$out"; else cat; fi; }
"""
"""Finds the file that a report is asked into; standard output where none is."""

FOREIGN: Final[Mapping[str, str]] = {
    "semgrep": '{"dependencies": [], "fixes": []}',
    "pip-audit": '{"version": "1.182.0", "results": [], "errors": [], "paths": {"scanned": []}}',
    "trivy": '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}',
    "zizmor": '{"SchemaVersion": 2, "Results": []}',
    "cyclonedx-bom": '{"SchemaVersion": 2, "ArtifactType": "filesystem", "Results": []}',
}
"""By tool: a clean report, but another tool's."""


class Fault(NamedTuple):
    """One way in which a tool goes wrong."""

    make: Callable[[Bench, str], object]
    reasons: frozenset[str]
    """What the missing answer may be called: never nothing."""
    in_make_test: bool = False


def _script(body: str) -> Callable[[Bench, str], object]:
    return lambda bench, tool: bench.program(tool, f"#!/bin/sh\n{body}\n")


def _foreign(bench: Bench, tool: str) -> Path:
    return bench.program(tool, f"#!/bin/sh\n{_WHERE}\nput <<'END'\n{FOREIGN[tool]}\nEND\n")


def _half(bench: Bench, tool: str) -> Path:
    real = bench.real[tool]
    return bench.program(
        tool,
        f'#!/bin/sh\n{_WHERE}\nif [ -n "$out" ]; then\n  "{real}" "$@"; code=$?\n'
        '  size=$(stat -c %s "$out"); truncate -s $((size / 2)) "$out"; exit $code\nfi\n'
        f'all="$TMPDIR/all"; "{real}" "$@" > "$all"; code=$?\n'
        'head -c $(($(stat -c %s "$all") / 2)) "$all"; exit $code\n',
    )


def _hang(bench: Bench, tool: str) -> None:
    bench.program(tool, "#!/bin/sh\nsleep 600\n")
    bench.timeout(SLOW_TIMEOUT)


def _not_executable(bench: Bench, tool: str) -> Path:
    return bench.program(tool, f'#!/bin/sh\nexec "{bench.real[tool]}" "$@"\n', mode=0o644)


_FAILED: Final = frozenset({"tool_failed"})
_OUTPUT: Final = frozenset({"tool_output"})
FAULTS: Final[Mapping[str, Fault]] = {
    "missing": Fault(Bench.remove, frozenset({"tool_missing"}), in_make_test=True),
    "not executable": Fault(_not_executable, frozenset({"tool_missing", "tool_failed"})),
    "crash": Fault(_script("kill -SEGV $$"), _FAILED, in_make_test=True),
    "exit 1 without a report": Fault(_script("exit 1"), _FAILED | _OUTPUT),
    "hang": Fault(_hang, frozenset({"timeout"})),
    "nothing printed": Fault(_script("exit 0"), _OUTPUT),
    "an empty report": Fault(_script(f"{_WHERE}\nprintf '' | put"), _OUTPUT, in_make_test=True),
    "a page of HTML": Fault(
        _script(f"{_WHERE}\necho '<html>502 Bad Gateway</html>' | put"), _OUTPUT
    ),
    "another tool's report": Fault(_foreign, _OUTPUT),
    "half a report": Fault(_half, _OUTPUT),
    "far too much": Fault(_script("exec yes penstock"), frozenset({"limit", "tool_output"})),
}
CELLS: Final = [(stage, fault) for stage in TOOL for fault in FAULTS]
