"""The page docs/faults.md, made from the tables that the tests run.

`python -m tests.faults.doc` writes it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.faults.bench import TOOL
from tests.faults.faults import FAULTS
from tests.faults.tables import DAMAGES

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"
_HEAD: Final = """# Faults that are tried

Each row is tried under an unmodified `penstock run` on the mended example, which passes before
and after. The fault is made on disk: in the scanner's program, in the feed, in the image. None of
them ever gives PASS or WARN: the exit code is 3, and `verdict.json` names the stage, and no
other, with one of these reasons. Made from the tests' own tables (`tests/faults`); a test compares.

## A tool goes wrong

Tried for every stage: """


def text() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    stages = (f"`{stage}` ({tool})" for stage, tool in TOOL.items())
    yield f"{_HEAD}{', '.join(stages)}."
    yield ""
    yield "| Fault | Reason of the gap |"
    yield "|---|---|"
    for name, fault in FAULTS.items():
        yield f"| {name} | {_reasons(fault.reasons)} |"
    yield ""
    yield "## A feed or an image goes wrong"
    yield ""
    yield "| Stage | Fault | Reason of the gap |"
    yield "|---|---|---|"
    for one in DAMAGES:
        yield f"| `{one.stage}` | {one.what} | {_reasons(one.reasons)} |"


def _reasons(reasons: frozenset[str]) -> str:
    return " or ".join(f"`{one}`" for one in sorted(reasons))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
