"""Writes a plan for people and for programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, assert_never

import msgspec

from pipeline.cli.terminal.columns import aligned, below, block
from pipeline.cli.terminal.wrapping import continued
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import ToolError
from pipeline.model.opaque import packed, packed_json
from pipeline.model.outcome import Failed, Skipped
from pipeline.plan.model import Decision, Plan, Planned, Ready
from pipeline.plan.stage import said
from pipeline.report.escape import terminal
from pipeline.report.summary import plural

SCHEMA: Final = "penstock/plan@1"
_NAME: Final = 15
_DIGEST: Final = len("sha256:") + 12
_HEAD: Final = ("STAGE", "REQUIRED", "ASKED", "KNOWN GAPS", "DECISION")
_GAPS: Final = 20
"""So many are shown of a stage; the document for programs has all."""


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
        yield from below(f"gap {gap.reason.value}: {gap.detail}")
    yield ""
    yield "TOOLS"
    for name, tool in sorted(plan.tools.items()):
        yield from block(name, _tool(tool), label_width=_NAME)
    yield ""
    yield "FEEDS"
    for name, feed in sorted(plan.feeds.items()):
        yield from block(name, _feed(feed), label_width=_NAME)
    yield ""
    yield from _stages(plan.stages)
    yield ""
    yield "COMMANDS"
    for label, command in plan.commands.items():
        asking = ", ".join(one.stage for one in plan.stages if label in one.labels)
        yield f"  {label}, for {asking}"
        yield from continued(command.argv, "    ")


def _tool(tool: Tool | ToolError) -> str:
    if isinstance(tool, ToolError):
        return f"{tool.reason.value}: {said(tool)}"
    if tool.locked:
        return f"{tool.version}, locked, {tool.sha256[:_DIGEST]}"
    return f"{tool.version}, NOT locked, {tool.sha256[:_DIGEST]}, {tool.path}"


def _feed(feed: Feed | ToolError) -> str:
    if isinstance(feed, ToolError):
        return f"{feed.reason.value}: {said(feed)}"
    excerpt = ", EXCERPT" if feed.excerpt else ""
    version = f", {feed.version}" if feed.version else ""
    told = f"{feed.updated}, {feed.records} records, {feed.digest[:_DIGEST]}"
    return f"{told}{version}{excerpt}"


def _stages(stages: Sequence[Planned]) -> Iterator[str]:
    head, *lines = aligned([_HEAD, *map(_cells, stages)])
    yield head
    for line, planned in zip(lines, stages, strict=True):
        yield line
        if isinstance(planned.decision, Failed):
            yield from below(packed(planned.decision.message))
        for gap in planned.scope.gaps[:_GAPS]:
            what = f"gap {gap.reason.value}: {gap.target or 'the stage'}: {gap.detail}"
            yield from below(packed(what))
        more = len(planned.scope.gaps) - _GAPS
        if more > 0:
            yield from below(f"and {plural(more, 'gap')} more: --format json lists all")


def _cells(planned: Planned) -> tuple[str, ...]:
    asked, gaps = len(planned.scope.asked), len(planned.scope.gaps)
    return planned.stage, planned.required, str(asked), str(gaps), _short(planned.decision)


def _short(decision: Decision) -> str:
    if isinstance(decision, Failed):
        return f"cannot run: {decision.reason.value}"
    return _word(decision)


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
