"""The page docs/fail-open.md, made from the ways that the tests of this room try.

`python -m tests.failopen.doc` writes it.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from pipeline.stages import STAGES
from tests.failopen.ways import Way

PAGE: Final = Path(__file__).parents[2] / "docs" / "fail-open.md"
_HEAD: Final = """# Ways in which scanners end well without having looked

Each row is made with the real scanner under an unmodified `penstock run`, and none of them gives
PASS or WARN. Where something could not be looked at, the verdict names it with its reason; where
Penstock sees to it that it is looked at all the same, what was to be hidden is found. Made from
the tests' own tables (`tests/failopen`), which `make test-all` runs whole; a test compares.
What goes wrong with tools, feeds and machines is in [faults](faults.md).
"""


def ways() -> tuple[Way, ...]:
    """Return the ways of every module of this room, in the order of the stages."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    tables = (getattr(import_module(f"tests.failopen.{name}"), "WAYS", ()) for name in modules)
    return tuple(way for table in tables for way in table)


def text() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    found = ways()
    yield f"{len(found)} ways are tried."
    for stage in STAGES:
        yield ""
        yield f"## {stage}"
        yield ""
        yield "| What happens | What is said |"
        yield "|---|---|"
        yield from (f"| {_cell(way.what)} | {_said(way)} |" for way in found if way.stage == stage)


def _said(way: Way) -> str:
    gaps = sorted((target or "", reason) for target, reason in way.gaps)
    told = [f"`{reason}`" + (f" of `{_cell(target)}`" if target else "") for target, reason in gaps]
    told += [f"found: `{rule}` in `{_cell(target)}`" for rule, target in sorted(way.finds)]
    return ", ".join(told)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
