"""A plan: for every stage what it is asked, and how or why not."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from pipeline.config.settings import Settings
from pipeline.config.trust import PolicyFiles
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import Gap, ToolError
from pipeline.model.inventory import Exclusion, Inventory
from pipeline.model.outcome import Failed, Scope, Skipped
from pipeline.policy.model import Policy
from pipeline.stages.base import Job, Options
from pipeline.toolchain.command import Command
from pipeline.toolchain.locate import Claim


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The stage will be asked, by these commands."""

    job: Job
    commands: tuple[Command, ...]


Decision: TypeAlias = Ready | Failed | Skipped


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of the plan."""

    stage: str
    required: str
    scope: Scope
    options: Options = Options()
    """By which its scope was made."""
    excluded: tuple[Exclusion, ...]
    tools: tuple[Tool, ...]
    feeds: tuple[Feed, ...]
    decision: Decision

    @property
    def labels(self) -> frozenset[str]:
        """The processes that it waits for."""
        commands = self.decision.commands if isinstance(self.decision, Ready) else ()
        return frozenset(command.label for command in commands)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is settled before the first process starts."""

    settings: Settings
    policy: Policy
    policy_files: PolicyFiles
    inventory: Inventory
    tree: Path
    """`tree/src/` is the private copy of what is judged."""
    workspace: Path
    """Private folder: `tree/`, `work/`, `images/` and one folder for each process."""
    tools: Mapping[str, Tool | ToolError]
    claims: Mapping[str, Claim] = {}
    """By tool: the proof that it is what it was noted to be. None is started before."""
    feeds: Mapping[str, Feed | ToolError]
    stages: tuple[Planned, ...]
    gaps: tuple[Gap, ...]
    """Gaps of the whole run that are known by now."""

    @property
    def commands(self) -> dict[str, Command]:
        """Every process of the run, once, by label.

        Stages that share one may allow it different times: the longest counts.
        """
        found: dict[str, Command] = {}
        for planned in self.stages:
            if not isinstance(planned.decision, Ready):
                continue
            for command in planned.decision.commands:
                known = found.get(command.label)
                if known is None or known.timeout < command.timeout:
                    found[command.label] = command
        return found

    @property
    def owners(self) -> dict[str, str]:
        """By label, the first stage that asks for a process: its cost is told there and once."""
        found: dict[str, str] = {}
        for planned in self.stages:
            for label in sorted(planned.labels):
                found.setdefault(label, planned.stage)
        return found
