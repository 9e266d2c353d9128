"""Which tools a policy does not believe, asked before they run and again of what they found."""

from datetime import date

from pipeline.model.artifact import Tool
from pipeline.model.denied import denial
from pipeline.model.outcome import Completed, StageEvidence
from pipeline.model.walls import Level
from pipeline.policy.demand import Demands


def refusal(tool: Tool, demands: Demands, today: date) -> str:
    """Say why a tool must not run; nothing where the policy has nothing against it."""
    denied = denial(demands.denied_tools, tool.name, tool.version)
    if denied is not None:
        return (
            f"{tool.name} {tool.version} is denied by the policy: {denied.reason} ({denied.source})"
        )
    return _too_young(tool, demands.cool_down_days, today)


def unwalled(evidence: StageEvidence, demands: Demands) -> str:
    """Say that scanners were free to do what the policy lets none do; nothing where it is kept."""
    level, outcome = evidence.sandbox, evidence.outcome
    if demands.sandbox != "required" or level is Level.ISOLATED:
        return ""
    if level is None:
        unsaid = isinstance(outcome, Completed) and outcome.answered
        return (
            "nobody says how its scanner was walled in, and evidence.sandbox is required" * unsaid
        )
    return f"its scanner was walled in as `{level}`, and evidence.sandbox is required"


def _too_young(tool: Tool, days: int, today: date) -> str:
    """Hold the release against the cool-down. A tool without a lock has no date that counts."""
    if not (tool.locked and tool.released):
        return ""
    age = (today - date.fromisoformat(tool.released)).days
    if age >= days:
        return ""
    told = f"{tool.name} {tool.version} was released on {tool.released}, {_ago(age)}"
    return f"{told}; the policy waits {days} days (evidence.tools.cool_down_days)"


def _ago(days: int) -> str:
    if days < 0:
        return "which is yet to come"
    return f"{days} day{'' if days == 1 else 's'} ago"
