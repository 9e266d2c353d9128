"""Faults of a report that is otherwise whole and of this run, and reports of other runs.

The bulk is said again by fakes from what the real tools wrote; pip-audit, whose every question
is noted by our own server, and zizmor, of which no source line is kept, are started for real.
"""

import shutil
from collections.abc import Callable, Mapping
from typing import Final

from pipeline.toolchain import lock
from tests.faults import replay
from tests.faults.bench import MENDED, TOOL, Bench
from tests.support.command import Bundle, penstock

Make = Callable[[Bench, str], object]

REAL: Final = frozenset({"pip-audit", "zizmor"})
FAKED: Final = tuple(stage for stage, tool in TOOL.items() if tool not in REAL)
IN_A_FILE: Final = frozenset({"image", "config", "secrets", "packages", "sbom"})
"""Stages whose tools are told where to write."""
TENTHS: Final = tuple(range(1, 10))


def ends(ending: str) -> Make:
    """Let the whole report lie in `$all`, its exit code in `$code`, and say what becomes of it."""

    def make(bench: Bench, tool: str) -> None:
        if tool in REAL:
            bench.tools.put(tool, f"#!/bin/sh\n{replay.really(bench.tools.real[tool])}{ending}\n")
            return
        assert bench.passed is not None
        _say(bench, tool, bench.passed, ending, today=True)

    return make


def _say(bench: Bench, tool: str, bundle: Bundle, ending: str, *, today: bool) -> None:
    said = replay.recorded(bundle, bench.stages[0])
    program = f"#!/bin/sh\n{replay.again(said, today=today)}{ending}\n"
    bench.tools.put(tool, program + replay.kept(said))


WHOLE: Final = 'put < "$all"; exit $code'


def yesterdays(bench: Bench, tool: str) -> None:
    """Say again what was said of the same target in the run before."""
    assert bench.passed is not None
    _say(bench, tool, bench.passed, WHOLE, today=False)


def another_targets(bench: Bench, tool: str) -> None:
    """Say what was said of another target: the other shop, whose image has other layers."""
    stage = bench.stages[0]
    shop, out = bench.folder / "other", bench.folder / "other-out"
    if not out.exists():
        ignore = shutil.ignore_patterns(".penstock", "_build")
        shutil.copytree(MENDED.parent / "shop", shop, ignore=ignore)
        extra = {"PENSTOCK_TOOLS": str(bench.tools.path)}
        penstock("run", shop, "--out", out, "--only", stage, extra=extra)
    _say(bench, tool, Bundle(out), WHOLE, today=False)


_TWICE: Final = """flat=$(tr -d "\\n" < "$all")
case "$flat" in
"["*) printf %s "$flat" | sed 's/^\\[ *{/[{"ident": "x", /';;
*) printf %s "$flat" | sed 's/^ *{/{"twice": 1, "twice": [], /';;
esac | put
exit $code"""
"""A member of the outermost object, or of a list's first item, is named twice."""
_NOT_A_NUMBER: Final = """tr -d "\\n" < "$all" |
sed -e 's/^\\( *\\[ *{\\| *{\\)/\\1"extra": NaN, /' | put
exit $code"""


def _cut(tenths: int) -> str:
    return f'head -c $(($(stat -c %s "$all") * {tenths} / 10)) "$all" | put; exit $code'


def _in_its_place(made: str) -> str:
    return f'rm -f "$out"; {made}; exit $code'


def lying(bench: Bench, tool: str) -> None:
    """Let a tool that tells by its exit code that it found something tell that it did not."""
    code = 0 if tool in REAL else 1
    ends(f'put < "$all"; exit {code}')(bench, tool)


def of_another_version(bench: Bench, tool: str) -> None:
    """Let a whole report of this run name another version of its tool: of zizmor its log does."""
    now = lock.read().tools[tool].version
    if tool == "zizmor":
        bench.tools.put(
            tool,
            f'#!/bin/sh\n"{bench.tools.real[tool]}" "$@" 2> "$TMPDIR/log"; code=$?\n'
            f'sed "s/zizmor v{now}/zizmor v1.0.0/" "$TMPDIR/log" >&2; exit $code\n',
        )
        return
    swap = f's/"\\([Vv]ersion\\)": *"{now}"/"\\1": "1.0.0"/'
    ends(f"sed '{swap}' \"$all\" | put; exit $code")(bench, tool)


left_behind: Final = ends('( sleep 1; put < "$all" ) & exit $code')
"""A child of the tool writes the report when the tool itself has ended."""

ALTERED: Final[Mapping[str, Make]] = {
    **{f"a report cut at {tenths}0 %": ends(_cut(tenths)) for tenths in TENTHS},
    "a report without its last byte": ends('tr -d "\\n" < "$all" | head -c -1 | put; exit $code'),
    "a member named twice": ends(_TWICE),
    "NaN": ends(_NOT_A_NUMBER),
}
"""Each is no report."""

IN_PLACE: Final[Mapping[str, Make]] = {
    "a link in place of the report": ends(
        _in_its_place('mv "$all" "$all.1"; ln -s "$all.1" "$out"')
    ),
    "a FIFO in place of the report": ends(_in_its_place('mkfifo "$out"')),
    "a folder in place of the report": ends(_in_its_place('mkdir "$out"')),
}
