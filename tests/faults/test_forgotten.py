"""A target that is taken out of a real report is the one gap, by name, and nothing else changes."""

from pathlib import Path
from typing import Final

import pytest

from pipeline.feeds import osv, trivy_db
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Inventory
from pipeline.oci.image import open_image
from pipeline.stages import STAGES
from pipeline.stages.base import Job, Reports
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.toolchain import lock
from pipeline.toolchain.command import Report
from tests.faults.bench import MENDED
from tests.faults.forget import FORGET, canary, targets
from tests.support import staging

pytestmark = pytest.mark.tools
CANARIES: Final = sorted({f"canary/{name}" for name, _, _ in trivy_canary.SECRETS})


class Scan:
    """The mended shop, asked stage by stage; a process that stages share is started once."""

    def __init__(self, place: Path) -> None:
        (place / "images").mkdir()
        image = open_image("oci:image/layout", home=MENDED, private=place / "images")
        exclude = ("image/**", "feeds/**", ".penstock/**")
        (place / "tree").mkdir()
        (place / "work").mkdir()
        self.inventory: Inventory = staging.listed(
            MENDED, tree=place / "tree", images=(image,), exclude=exclude
        )
        self._place = place
        self._tools = staging.real_tools(*lock.read().tools)
        self._feeds = {
            "osv": osv.open(MENDED / "feeds/osv"),
            "trivy_db": trivy_db.open(MENDED / "feeds/trivy-db"),
        }
        self._known: dict[str, Report | ToolError] = {}

    def ask(self, stage: str) -> tuple[Job, Reports]:
        asked = staging.job(
            stage, STAGES[stage], self.inventory,
            place=self._place, tools=self._tools, feeds=self._feeds,
        )  # fmt: skip
        reports = staging.run(STAGES[stage], asked, known=self._known)
        self._known |= reports
        return asked, reports


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    return Scan(tmp_path_factory.mktemp("scan"))


def gaps(stage: str, job: Job, reports: Reports) -> set[tuple[str | None, GapReason]]:
    answer = STAGES[stage].parse(job, reports)
    return {(gap.target, gap.reason) for gap in staging.completed(stage, job, answer)[0].gaps}


def test_every_stage_is_tried() -> None:
    assert {*FORGET, "secrets"} == set(STAGES)


@pytest.mark.parametrize("stage", FORGET)
def test_a_target_that_is_taken_out_is_exactly_that_gap(stage: str, scan: Scan) -> None:
    job, reports = scan.ask(stage)
    assert gaps(stage, job, reports) == set()
    assert targets(job)
    for target in targets(job):
        without = FORGET[stage].take_out(reports, target)
        lost = {(one, GapReason.NOT_LISTED) for one in FORGET[stage].lost(job, target)}
        assert gaps(stage, job, without) == lost


def test_a_planted_secret_that_is_taken_out_is_a_missed_canary(scan: Scan) -> None:
    job, reports = scan.ask("secrets")
    assert gaps("secrets", job, reports) == set()
    assert CANARIES
    for planted in CANARIES:
        found = gaps("secrets", job, canary(reports, planted))
        assert found == {(None, GapReason.CANARY_MISSED)}, planted
