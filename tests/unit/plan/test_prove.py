"""A tool is started when its bytes were read, and not before."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from pipeline.model.artifact import Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Failed
from pipeline.plan.model import Plan, Planned, Ready
from pipeline.plan.prove import fault, proven, with_proven_tools
from pipeline.stages.workflows import stage as workflows
from pipeline.toolchain.locate import Claim
from tests.support import staging

INVENTORY = staging.bare(workflows=(".github/workflows/a.yml",))
ALTERED = ToolError(GapReason.DIGEST_MISMATCH, "zizmor is not what was installed")
JOB = staging.job(
    "workflows", workflows, INVENTORY, place=Path("/nowhere"), tools=staging.fake_tools("zizmor")
)
COMMANDS = workflows.commands(JOB)


def claimed(found: Tool | ToolError) -> Mapping[str, Claim]:
    """Say that the note is honest or not; another tool's claim is nobody's business here."""
    (noted,) = staging.fake_tools("zizmor").values()
    claim = Claim("zizmor", found)
    claim.said = noted
    return {"zizmor": claim}


def planned() -> Planned:
    (tool,) = (one for one in JOB.tools.values() if isinstance(one, Tool))
    return Planned(
        stage="workflows",
        required="always",
        scope=JOB.scope,
        excluded=(),
        tools=(tool,),
        feeds=(),
        decision=Ready(job=JOB, commands=COMMANDS),
    )


def plan(claims: Mapping[str, Claim]) -> Plan:
    empty = Plan(**dict.fromkeys(Plan.__struct_fields__))  # type: ignore[arg-type]
    return msgspec.structs.replace(empty, tools=dict(JOB.tools), claims=claims, stages=(planned(),))


def honest() -> Tool:
    (tool,) = (one for one in JOB.tools.values() if isinstance(one, Tool))
    return tool


def test_a_command_of_an_altered_tool_has_its_fault() -> None:
    assert fault(COMMANDS[0], claimed(ALTERED)) is ALTERED
    assert fault(COMMANDS[0], claimed(honest())) is None
    assert fault(COMMANDS[0], {}) is None


def test_evidence_names_no_tool_that_is_not_what_was_noted() -> None:
    assert with_proven_tools(planned(), claimed(ALTERED)).tools == ()
    assert with_proven_tools(planned(), claimed(honest())) == planned()


@pytest.mark.parametrize("found", [ALTERED, honest()], ids=["altered", "honest"])
def test_a_plan_that_is_shown_says_what_became_of_the_proof(found: Tool | ToolError) -> None:
    made = proven(plan(claimed(found)))
    decision = made.stages[0].decision
    if isinstance(found, ToolError):
        assert isinstance(decision, Failed)
        assert (decision.reason, decision.asked) == (GapReason.DIGEST_MISMATCH, 1)
        assert made.tools == {"zizmor": ALTERED}
    else:
        assert isinstance(decision, Ready)
        assert made.tools == dict(JOB.tools)
