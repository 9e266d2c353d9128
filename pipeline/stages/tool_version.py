"""Holds the version that a report names against the tool that was started."""

from typing import Final

from pipeline.model.artifact import UNKNOWN_VERSION
from pipeline.model.gap import GapReason, ToolError
from pipeline.stages.base import Job

_SHOWN: Final = 40


def refuse_another(job: Job, name: str, said: str) -> None:
    """Raise ToolError(TOOL_OUTPUT) where a report is by another version than the one started.

    Of a tool that the user put there himself nobody noted a version: it is held against nothing.
    """
    version = job.tool(name).version
    if version in (UNKNOWN_VERSION, said):
        return
    by = f"by {name} {said[:_SHOWN]!r}" if said else "by no version that it names"
    raise ToolError(
        GapReason.TOOL_OUTPUT, f"{name}: the report is {by}, and version {version} was started"
    )
