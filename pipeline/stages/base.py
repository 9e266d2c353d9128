"""What every stage is: a scope, commands and a parser, all pure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

import msgspec

from pipeline.model.artifact import Feed, Tool
from pipeline.model.finding import Kind
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Inventory
from pipeline.model.outcome import Answer, Scope
from pipeline.toolchain.command import Command, Report

T = TypeVar("T", bytes, str)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the user may set for a stage, already checked."""

    timeout: float = 900.0
    """Wall seconds for each of its processes."""
    rules: tuple[Path, ...] = ()
    """Folders or files of semgrep rules: the policy's pack and extra configurations."""
    hmac_key: bytes | None = None
    """Key of the identities of secrets; without it they rest on a public salt."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """All that a stage may know."""

    stage: str
    tree: Path
    """Private folder: `tree/src/` is the neutralised copy of the source under the inventory's
    names, `tree/canary/STAGE/` is where a stage plants its canaries. Commands run with this as
    working directory, so reports name files `src/…`."""
    word: str
    """Made up for this run alone. What carries it into a report proves the report's age."""
    work: Path
    """Private folder for reports and inputs, shared by the stages of a run: name files by label."""
    inventory: Inventory
    scope: Scope
    tools: Mapping[str, Tool | ToolError]
    feeds: Mapping[str, Feed | ToolError]
    options: Options
    cores: int
    """How many the whole run may use."""

    def tool(self, name: str) -> Tool:
        """Return an installed tool, or raise the ToolError that says why there is none."""
        match self.tools.get(name):
            case Tool() as tool:
                return tool
            case ToolError() as error:
                raise error
            case None:
                raise ToolError(GapReason.TOOL_MISSING, f"{name} is not installed")

    def feed(self, name: str) -> Feed:
        """Return a usable snapshot, or raise the ToolError that says why there is none."""
        match self.feeds.get(name):
            case Feed() as feed:
                return feed
            case ToolError() as error:
                raise error
            case None:
                raise ToolError(GapReason.FEED_MISSING, f"the feed {name} is not configured")


Reports: TypeAlias = Mapping[str, Report | ToolError]
"""By label: the report, or why there is none. `take` is how most stages read it."""


def take(reports: Reports, label: str) -> Report:
    """Return a report, or raise the ToolError of the process that left none."""
    match reports[label]:
        case ToolError() as error:
            raise error
        case Report() as report:
            return report


def untouched(what: T) -> T:
    """Keep a report or a log as it is: the `redact` of a stage whose tool quotes no source."""
    return what


class Stage(Protocol):
    """A tool, as pure functions. A module is one: self is ignored (PEP 544)."""

    KIND: Kind
    TOOLS: tuple[str, ...]
    """Names in the tool lock."""
    FEEDS: tuple[str, ...]
    """Names of feeds: `osv`, `trivy_db`."""

    def scope(self, inventory: Inventory, options: Options) -> Scope:
        """List what this stage must answer, from Penstock's own inventory.

        Reads nothing of the target. semgrep reads the rule files that `options` names, since
        what it must answer depends on them.
        """

    def commands(self, job: Job) -> tuple[Command, ...]:
        """Say what to run; start nothing. May raise ToolError when it cannot be run."""

    def parse(self, job: Job, reports: Reports) -> Answer:
        """Read the reports of its commands, or raise ToolError if one is not a report."""

    def redact(self, report: bytes) -> bytes:
        """Take out of a raw report what the bundle must not hold: secrets and lines of source."""

    def redact_log(self, text: str) -> str:
        """Take the same out of what the tool wrote on standard error."""
