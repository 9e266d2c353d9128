"""A recorded report, whole and real, is refused where another version was started."""

from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from pipeline.model.artifact import UNKNOWN_VERSION, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.stages import STAGES
from pipeline.stages.base import Job
from tests.support import trivy
from tests.support.trivy import Asked
from tests.unit.stages import test_sbom, test_workflows

TRIVY: Final = ("config", "secrets", "packages", "image")
LENIENT: Final = ToolError(GapReason.TOOL_FAILED, "never asked")


def recorded(stage: str, place: Path) -> Asked:
    match stage:
        case "sbom":
            return Asked(test_sbom.made(place), test_sbom.reports())
        case "workflows":
            label = "workflows"
            strict = {label: test_workflows.report(label, "findings")}
            return Asked(test_workflows.made(place), {**strict, f"{label}-lenient": LENIENT})
        case _:
            return trivy.replay(stage, place)


def started(job: Job, version: str) -> Job:
    tools = {
        name: replace(tool, version=version) for name, tool in job.tools.items()
        if isinstance(tool, Tool)
    }  # fmt: skip
    return replace(job, tools=tools)


@pytest.mark.parametrize("stage", [*TRIVY, "sbom", "workflows"])
def test_it_is_refused_with_both_versions_and_read_where_nobody_knows_one(
    stage: str, tmp_path: Path
) -> None:
    job, reports = recorded(stage, tmp_path)
    as_locked = STAGES[stage].parse(job, reports)
    assert STAGES[stage].parse(started(job, UNKNOWN_VERSION), reports) == as_locked
    tool = job.tool(STAGES[stage].TOOLS[0])
    with pytest.raises(ToolError, match=tool.version) as caught:
        STAGES[stage].parse(started(job, "0.0.1"), reports)
    assert caught.value.reason is GapReason.TOOL_OUTPUT
    assert "version 0.0.1 was started" in caught.value.message


def test_a_log_that_names_no_version_is_no_log_of_zizmor(tmp_path: Path) -> None:
    said = test_workflows.log("findings").replace("zizmor v", "zizmor ")
    with pytest.raises(ToolError, match="by no version that it names"):
        test_workflows.read(
            test_workflows.made(tmp_path), test_workflows.items("findings"), stderr=said
        )


def test_lists_of_packages_by_another_trivy_are_gaps_of_what_they_answer(tmp_path: Path) -> None:
    job, reports = recorded("sbom", tmp_path)
    tools = {**job.tools, "trivy": replace(job.tool("trivy"), version="0.69.4")}
    gaps = STAGES["sbom"].parse(replace(job, tools=tools), reports).gaps
    assert gaps
    assert {gap.reason for gap in gaps} == {GapReason.TOOL_OUTPUT}
    assert all("0.74.0" in gap.detail and "0.69.4" in gap.detail for gap in gaps)
