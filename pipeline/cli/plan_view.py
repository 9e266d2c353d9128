"""Writes a plan for people and for programs."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Final, assert_never

import msgspec

from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import ToolError
from pipeline.model.opaque import packed, packed_json
from pipeline.model.outcome import Failed, Skipped
from pipeline.plan.model import Decision, Plan, Planned, Ready
from pipeline.plan.stage import said
from pipeline.report.escape import terminal
from pipeline.report.summary import plural

SCHEMA: Final = "penstock/plan@1"


def as_text(plan: Plan) -> str:
    """Write what people ask of a plan: settings, policy, tools, feeds, stages and commands."""
    return "".join(f"{terminal(packed(line))}\n" for line in _lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    yield "SETTINGS"
    for setting in plan.settings.origins:
        value = setting.value if setting.value not in ("", "None") else "-"
        yield f"  {setting.name:<22} {value}  ({setting.origin})"
    trusted = "trusted" if plan.policy_files.trusted else "not trusted: from the working tree"
    yield ""
    yield "POLICY"
    yield f"  {plan.policy.name}  {plan.policy.digest}"
    yield f"  read from {plan.policy_files.source} ({trusted})"
    for gap in plan.gaps:
        yield f"  gap {gap.reason.value}: {gap.detail}"
    yield ""
    yield "TOOLS"
    for name, tool in sorted(plan.tools.items()):
        yield f"  {name:<14} {_tool(tool)}"
    yield ""
    yield "FEEDS"
    for name, feed in sorted(plan.feeds.items()):
        yield f"  {name:<14} {_feed(feed)}"
    yield ""
    yield "STAGES"
    for planned in plan.stages:
        yield from _stage(planned)


def _tool(tool: Tool | ToolError) -> str:
    if isinstance(tool, ToolError):
        return f"{tool.reason.value}: {said(tool)}"
    locked = "locked" if tool.locked else "NOT locked"
    return f"{tool.version:<8}  {locked:<10}  {tool.sha256[:19]}  {tool.path}"


def _feed(feed: Feed | ToolError) -> str:
    if isinstance(feed, ToolError):
        return f"{feed.reason.value}: {said(feed)}"
    excerpt = "  EXCERPT" if feed.excerpt else ""
    version = f"  {feed.version}" if feed.version else ""
    return f"{feed.updated}  {feed.records} records  {feed.digest[:19]}{version}{excerpt}"


def _stage(planned: Planned) -> Iterator[str]:
    asked = (
        f"{len(planned.scope.asked):>5} asked, {plural(len(planned.scope.gaps), 'known gap'):<13}"
    )
    head = f"  {planned.stage:<11} required: {planned.required:<13}"
    yield f"{head}{asked}  {_word(planned.decision)}"
    for gap in planned.scope.gaps[:20]:
        yield f"      gap {gap.reason.value}: {gap.target or 'the stage'}  {gap.detail}"
    if isinstance(planned.decision, Ready):
        for command in planned.decision.commands:
            yield f"      {command.label}: {shlex.join(command.argv)}"


def _word(decision: Decision) -> str:
    match decision:
        case Ready():
            return "will run"
        case Skipped():
            return f"skipped: {decision.why.value}"
        case Failed():
            return f"cannot run: {decision.reason.value}: {decision.message}"
        case _:
            assert_never(decision)


def as_json(plan: Plan) -> str:
    """Write the same for programs."""
    document = {
        "schema": SCHEMA,
        "settings": plan.settings.origins,
        "policy": {
            "name": plan.policy.name,
            "digest": plan.policy.digest,
            "source": plan.policy_files.source,
            "trusted": plan.policy_files.trusted,
        },
        "gaps": plan.gaps,
        "inventory": plan.inventory.digest,
        "tools": {name: _json(tool) for name, tool in sorted(plan.tools.items())},
        "feeds": {name: _json(feed) for name, feed in sorted(plan.feeds.items())},
        "stages": [
            {
                "stage": planned.stage,
                "required": planned.required,
                "decision": _word(planned.decision),
                "asked": planned.scope.asked,
                "gaps": planned.scope.gaps,
                "excluded": planned.excluded,
                "commands": [
                    {"label": command.label, "argv": command.argv}
                    for command in (
                        planned.decision.commands if isinstance(planned.decision, Ready) else ()
                    )
                ],
            }
            for planned in plan.stages
        ],
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return packed_json(msgspec.json.format(encoded, indent=1).decode()) + "\n"


def _json(found: Tool | Feed | ToolError) -> object:
    if isinstance(found, ToolError):
        return {"error": found.reason.value, "message": said(found)}
    return found


VIEWS: Final[Mapping[str, Callable[[Plan], str]]] = {"text": as_text, "json": as_json}
