"""What becomes of a plan when the files of its tools have been read."""

from collections.abc import Mapping

import msgspec

from pipeline.model.artifact import Tool
from pipeline.model.gap import ToolError
from pipeline.model.outcome import Failed
from pipeline.plan.model import Plan, Planned, Ready
from pipeline.plan.stage import refuse_broken_needs, said
from pipeline.toolchain.command import Command
from pipeline.toolchain.locate import Claim


def fault(command: Command, claims: Mapping[str, Claim]) -> ToolError | None:
    """Wait for the proof of a command's tool, and say why it must not be started."""
    claim = claims.get(command.tool)
    told = claim.proven() if claim is not None else None
    return told if isinstance(told, ToolError) else None


def with_proven_tools(planned: Planned, claims: Mapping[str, Claim]) -> Planned:
    """Name only tools that are what they were noted to be."""
    kept = (tool for tool in planned.tools if _is_proven(tool, claims))
    return msgspec.structs.replace(planned, tools=tuple(kept))


def _is_proven(tool: Tool, claims: Mapping[str, Claim]) -> bool:
    return tool.name not in claims or isinstance(claims[tool.name].proven(), Tool)


def proven(plan: Plan) -> Plan:
    """Wait for every proof, and fail the stages of a tool that is not what was noted."""
    faults = {
        name: told
        for name, claim in plan.claims.items()
        if isinstance(told := claim.proven(), ToolError)
    }
    stages = (with_proven_tools(one, plan.claims) for one in plan.stages)
    return msgspec.structs.replace(
        plan,
        tools={name: faults.get(name, tool) for name, tool in plan.tools.items()},
        stages=refuse_broken_needs(tuple(_failed(one, plan.claims) for one in stages)),
    )


def _failed(planned: Planned, claims: Mapping[str, Claim]) -> Planned:
    if not isinstance(planned.decision, Ready):
        return planned
    told = (fault(one, claims) for one in planned.decision.commands)
    error = next((one for one in told if one is not None), None)
    if error is None:
        return planned
    failed = Failed(
        asked=len(planned.scope.asked),
        reason=error.reason,
        message=said(error),
        gaps=planned.scope.gaps,
    )
    return msgspec.structs.replace(planned, decision=failed)
