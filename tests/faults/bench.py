"""A workbench for faults: the mended shop, a policy that asks few stages, tools of its own."""

import re
import shutil
from pathlib import Path
from typing import Final

from pipeline.stages import STAGES
from tests.faults.toolroot import ToolRoot
from tests.support.command import Bundle, Ran, penstock
from tests.support.enriching import fresh_feeds

MENDED: Final = Path(__file__).parents[2] / "examples" / "shop-fixed"
TOOL: Final = {
    "semgrep": "semgrep",
    "pip-audit": "pip-audit",
    "image": "trivy",
    "config": "trivy",
    "secrets": "trivy",
    "packages": "trivy",
    "workflows": "zizmor",
    "sbom": "cyclonedx-bom",
}
"""The tool whose faults each stage is tried with."""
_CAP: Final = "  limits: {max_report_mb: 8}\n"
"""Low, so that a tool which writes without end is stopped soon."""


class FalsePassError(AssertionError):
    """A fault that a verdict does not show: what the whole table is there to find."""


def missed(bundle: Bundle) -> set[tuple[str | None, str | None, str]]:
    """Return what a run with a fault left unanswered, and let it never be a good verdict."""
    verdict = bundle.verdict["verdict"]
    if verdict not in ("INCONCLUSIVE", "FAIL"):
        raise FalsePassError(verdict)
    assert bundle.unanswered(), "the fault is not told"
    return bundle.unanswered()


class Bench:
    """The shop for a few stages. Everything is on disk; `penstock run` itself is unmodified."""

    def __init__(self, folder: Path, *stages: str, enriched: bool = False) -> None:
        self.folder, self.stages = folder, stages
        self.shop = folder / "shop"
        self.tools = ToolRoot(folder / "tools")
        self.sound = False
        """Whether the last run was one without a fault, and passed."""
        self.passed: Bundle | None = None
        """What the last run without a fault left."""
        self.left = Bundle(folder)
        """What the last run left."""
        self._runs = 0
        shutil.copytree(MENDED, self.shop, ignore=shutil.ignore_patterns(".penstock", "_build"))
        self._ask_only(stages)
        if enriched:
            self._know_of_today()
        else:
            self._ask_no_enrichment()
        self._whole = folder / "whole"
        shutil.copytree(self.shop, self._whole)

    def run(self) -> tuple[Ran, Bundle]:
        """Run Penstock on the shop with the tools of this bench."""
        self._runs += 1
        out = self.folder / f"out-{self._runs}"
        extra = {"PENSTOCK_TOOLS": str(self.tools.path)}
        self.left = Bundle(out)
        return penstock("run", self.shop, "--out", out, extra=extra), self.left

    def passes(self) -> None:
        """Run without a fault: it must pass. What passed last time is not run again."""
        if self.sound:
            return
        done, bundle = self.run()
        assert (done.code, bundle.verdict["verdict"]) == (0, "PASS"), done.out
        assert bundle.unanswered() == set()
        self.sound, self.passed = True, bundle

    def misses(self) -> set[tuple[str | None, str | None, str]]:
        """Run with a fault: the verdict must be INCONCLUSIVE. Return what it names.

        It is FAIL where a report, of another image say, holds breaches besides: gaps are told too.
        """
        self.sound = False
        done, bundle = self.run()
        assert done.code == bundle.verdict["exit_code"], done.out
        return missed(bundle)

    def mend(self) -> None:
        """Put the shop and every tool back as they were."""
        self.restore()
        for name in {TOOL[stage] for stage in self.stages}:
            self.tools.mend(name)

    def restore(self) -> None:
        """Put the shop back as it was."""
        shutil.rmtree(self.shop)
        shutil.copytree(self._whole, self.shop, symlinks=True)

    def timeout(self, text: str) -> None:
        """Set the time limit of every stage that is asked."""
        tables = "".join(f'\n[stages.{one}]\ntimeout = "{text}"\n' for one in self.stages)
        file = self.shop / "penstock.toml"
        file.write_text(file.read_text() + tables)

    def _ask_no_enrichment(self) -> None:
        """Let the policy do without feeds about findings: the stages are what is tried."""
        file = self.shop / "policies" / "gate.yaml"
        before = file.read_text()
        text = re.sub(r"  enrichment:\n(?:    .*\n)+", "", before)
        assert text != before
        file.write_text(text)
        config = self.shop / "penstock.toml"
        config.write_text(re.sub(r"(?m)^(?:kev|epss|vulnrichment) = .*\n", "", config.read_text()))

    def _know_of_today(self) -> None:
        """Put whole, fresh feeds about findings in place, and accept no excerpt of them."""
        file = self.shop / "policies" / "gate.yaml"
        file.write_text(file.read_text().replace("excerpts: accept", "excerpts: refuse"))
        fresh_feeds(self.shop)

    def _ask_only(self, stages: tuple[str, ...]) -> None:
        """Let the policy require these stages and no other."""
        lines = "".join(
            f"    {name}: {{required: {'always' if name in stages else 'no'}}}\n" for name in STAGES
        )
        file = self.shop / "policies" / "gate.yaml"
        before = file.read_text()
        text = re.sub(r"(?<=  stages:\n)(?:    .*\n)+", lines + _CAP, before)
        assert text != before
        file.write_text(text)
