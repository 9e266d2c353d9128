"""Which scanners are not started, by the policy's word about them and about what they bring."""

from datetime import date

from pipeline.model.artifact import Tool
from pipeline.policy.demand import Demands
from pipeline.policy.judging.tools import refusal
from pipeline.toolchain.lock import Lock


def barred(tool: Tool, demands: Demands, lock: Lock, today: date) -> str:
    """Say why a tool must not be started; nothing where the policy has nothing against it.

    The packages that come with a tool stand in the lock: a bundle that is judged again does not
    name them.
    """
    told = refusal(tool, demands, today)
    if told or not tool.locked:
        return told
    denied = lock.denial(tool.name, demands.denied_tools)
    if denied is None:
        return ""
    what = f"{denied.of(tool.name)}{denied.reason} ({denied.source})"
    return f"{tool.name} {tool.version} is denied by the policy: {what}"
