"""One stage over a tiny repository, whose tool counts as locked and says what a test likes."""

from pathlib import Path
from typing import Final, NamedTuple

from tests.faults.bench import MENDED
from tests.faults.toolroot import ToolRoot
from tests.support.command import Bundle, Ran, penstock
from tests.support.small import repository

REPORT: Final = """#!/bin/sh
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
"""Finds the file that a report is asked into: `put` writes there, else to standard output."""


class Asked(NamedTuple):
    """What is laid out for a stage, and the tool that answers for it."""

    tool: str
    files: tuple[tuple[str, str], ...] = ()
    settings: str = ""


_OSV: Final = f'[feeds]\nosv = "{MENDED / "feeds/osv"}"\n'
ASKED: Final[dict[str, Asked]] = {
    "semgrep": Asked("semgrep", (("app.py", "x = 1\n"),)),
    "pip-audit": Asked("pip-audit", (("requirements.txt", "idna==3.20\n"),), _OSV),
    "secrets": Asked("trivy", (("app.py", "x = 1\ny = 2\n"),)),
    "workflows": Asked("zizmor"),
    "sbom": Asked("cyclonedx-bom", (("requirements.txt", "idna==3.20\n"),)),
}
"""A stage for each tool, over what costs it least."""


class Liar:
    """A repository that passes as long as the tool tells the truth."""

    def __init__(self, place: Path, stage: str) -> None:
        self.stage, asked = stage, ASKED[stage]
        self.tool = asked.tool
        self.tools = ToolRoot(place / "tools")
        self.real = self.tools.real[self.tool]
        settings = (("penstock.toml", f'schema = "penstock/config@1"\n{asked.settings}'),)
        self.folder = repository(
            place / "repository", stage, files=(*asked.files, *settings)
        )  # fmt: skip
        self._place = place

    def says(self, shell: str) -> None:
        """Put a program in the tool's place; `put` in it writes the report."""
        self.tools.put(self.tool, f"{REPORT}{shell}\n")

    def alters(self, shell: str) -> None:
        """Let the real tool work, and send what it reports through a filter."""
        self.says(
            f'said="$TMPDIR/said"; "{self.real}" "$@" > "$said"; code=$?\n'
            f'{shell} < "${{out:-$said}}" > "$said.altered"\n'
            'put < "$said.altered"; exit $code'
        )

    def run(self, *arguments: str | Path) -> tuple[Ran, Bundle]:
        """Run Penstock on it into a new folder."""
        out = self._place / f"out-{len(list(self._place.glob('out-*')))}"
        extra = {"PENSTOCK_TOOLS": str(self.tools.path)}
        return penstock("run", self.folder, "--out", out, *arguments, extra=extra), Bundle(out)

    def reasons(self, *arguments: str | Path) -> set[str]:
        """Run, which must be INCONCLUSIVE over this stage alone; return the reasons."""
        done, bundle = self.run(*arguments)
        assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE"), done.out + done.err
        missing = bundle.unanswered()
        assert {stage for stage, _, _ in missing} == {self.stage}, missing
        return {reason for _, _, reason in missing}

    def passes(self) -> None:
        """Let the real tool answer: a test in which nothing ever passes proves nothing."""
        self.tools.mend(self.tool)
        done, bundle = self.run()
        assert (done.code, bundle.verdict["verdict"]) == (0, "PASS"), done.out + done.err
