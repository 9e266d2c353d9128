"""The page docs/faults.md, made from the tables that the tests run.

`python -m tests.faults.doc` writes it, and docs/signing-faults.md.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.faults import fetching_doc, services_doc
from tests.faults.bench import TOOL
from tests.faults.faults import FAULTS, PATIENCE
from tests.faults.knowledge import WRONG
from tests.faults.machine import AGED, MOVED, REFUSED
from tests.faults.real import CLASSES, ELSEWHERE, REAL, STAGE
from tests.faults.shared import SHARED
from tests.faults.tables import DAMAGES
from tests.faults.targets import SKIPS

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"
_HEAD: Final = """# Faults that are tried

{cells} cells: each is a fault of one stage, or of the whole run, under an unmodified `penstock run`
on the mended example, which passes before and after. The fault is made on disk: in the scanner's
program, in the feed, in the image; or in the machine around it. None of them ever gives PASS or
WARN: `verdict.json` names the stage, and no other, with exactly these reasons, or there is no
verdict and an error that says what to do. `make faults` tries all of them and prints how each
ended. Made from the tests' own tables (`tests/faults`); a test compares.
"""


def text() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD.format(cells=cells())
    yield from _tools()
    yield from _real()
    yield from _shared()
    yield from _skips()
    yield from _damages()
    yield from _knowledge()
    yield from _machine()


def cells() -> int:
    """Count what is tried."""
    of_tools = sum(len(fault.only) for fault in FAULTS.values())
    tables = (REAL, SHARED, SKIPS, DAMAGES, WRONG, REFUSED, MOVED, AGED)
    return of_tools + sum(len(table) for table in tables)


def _machine() -> Iterator[str]:
    yield ""
    yield "## The machine or the ground under a run gives way"
    yield ""
    yield "| Fault | Exit code, and what the error says |"
    yield "|---|---|"
    for name, refused in REFUSED.items():
        yield f"| {name} | {refused.code}: {refused.said} |"
    yield ""
    yield "Limits and rights are tried as a user who owns nothing and has no capability, whoever"
    yield "runs the tests. What follows gives a verdict, INCONCLUSIVE; most gaps are of the whole"
    yield "run, and of no stage."
    yield ""
    yield "| Fault | Gap |"
    yield "|---|---|"
    for name, moved in MOVED.items():
        gaps = ", ".join(_gap(*gap) for gap in sorted(moved.gaps, key=str))
        yield f"| {name} | {gaps} |"
    for one in AGED:
        way = "a day back" if one.years < 0 else "ten years forward"
        yield f"| the clock is {way} | {_gap(one.stage, None, one.reason)} |"


def _gap(stage: str | None, target: str | None, reason: str) -> str:
    where = ": ".join(f"`{one}`" for one in (stage, target) if one)
    return f"{where}: `{reason}`" if where else f"`{reason}`"


def _tools() -> Iterator[str]:
    stages = ", ".join(f"`{stage}` ({tool})" for stage, tool in TOOL.items())
    yield "## A tool goes wrong"
    yield ""
    yield f"Tried for every stage, each with its tool: {stages}. A hanging tool has {PATIENCE}."
    yield ""
    yield "| Fault | Reason of the gap |"
    yield "|---|---|"
    for name, fault in FAULTS.items():
        others = "".join(
            f"; `{one}`: {_reasons(fault.of(one))}" for one in TOOL if one in fault.more
        )
        only = "" if len(fault.only) == len(TOOL) else f" (only {_words(sorted(fault.only))})"
        yield f"| {name}{only} | {_reasons(fault.reasons)}{others} |"
    yield ""


def _real() -> Iterator[str]:
    yield "## Every class of fault, with a real scanner"
    yield ""
    yield "Above, scripts stand in for most scanners. Here one itself is stopped, killed or"
    yield "starved, its program is changed, or its report is altered after all of its work; the"
    yield "rest is shown in cells of other tables, in which nothing stands in for a scanner."
    yield ""
    yield "| Class | Test | Reason of the gap |"
    yield "|---|---|---|"
    for name in CLASSES:
        if name in REAL:
            cell = f"{TOOL[STAGE]} itself: {name}"
            yield f"| {name} | `test_real_tools.py`: {cell} | {_reasons(REAL[name].reasons)} |"
        else:
            yield f"| {name} | `{ELSEWHERE[name].file}`: {ELSEWHERE[name].cell} | |"
    yield ""


def _shared() -> Iterator[str]:
    yield "## A process that several stages share crashes"
    yield ""
    yield "Tried with a policy that requires every stage. The reason is `tool_failed`."
    yield ""
    yield "| What crashes | Stages that say so |"
    yield "|---|---|"
    for name, one in SHARED.items():
        yield f"| {name} | {_words(stage for stage in TOOL if stage in one.stages)} |"
    yield ""


def _skips() -> Iterator[str]:
    yield "## The real tool passes something over"
    yield ""
    yield "| Stage | What happens | Gap |"
    yield "|---|---|---|"
    for one in SKIPS:
        yield f"| `{one.stage}` | {one.what} | `{one.target}`: `{one.reason}` |"
    yield ""


def _damages() -> Iterator[str]:
    yield "## A feed or an image goes wrong"
    yield ""
    yield "| Stage | Fault | Reason of the gap |"
    yield "|---|---|---|"
    for one in DAMAGES:
        yield f"| `{one.stage}` | {one.what} | {_reasons(one.reasons)} |"


def _knowledge() -> Iterator[str]:
    yield ""
    yield "## A feed about findings goes wrong"
    yield ""
    yield "Tried with a policy that requires `kev` and `epss` and accepts no excerpts. The gap is"
    yield "the feed's and of no stage; its class is `enrichment`."
    yield ""
    yield "| Feed | Fault | Reason of the gap |"
    yield "|---|---|---|"
    for one in WRONG:
        yield f"| `{one.feed}` | {one.what} | `{one.reason}` |"


def _reasons(reasons: Iterable[str]) -> str:
    return _words(sorted(reasons))


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in words)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
    services_doc.PAGE.write_text(services_doc.text(), encoding="utf-8")
    fetching_doc.PAGE.write_text(fetching_doc.text(), encoding="utf-8")
