"""The report of `programs/osv_audit.py`, and pip-audit's own report inside it."""

from typing import Literal

import msgspec

from pipeline.model import strict
from pipeline.model.gap import GapReason, ToolError
from pipeline.programs.osv_match import Json, packages, question
from pipeline.stages.osv_advisory import Listed

_ANSWERS = frozenset({0, 1})
"""Nothing found, and found. It also ends with 1 after an error, and then says nothing."""


class Failure(msgspec.Struct, frozen=True):
    """Why the program has no report."""

    of: Literal["tool", "feed"]
    message: str


class Round(msgspec.Struct, frozen=True):
    """One run of pip-audit, in its own words."""

    file: str
    exit_code: int
    whole: bool
    stdout: str
    stderr: str


class Query(msgspec.Struct, frozen=True):
    """A question that pip-audit really asked, and the records it got."""

    name: str
    version: str
    ids: tuple[str, ...]
    withdrawn: tuple[str, ...] = ()
    """Records that it was not given, since nobody stands by them any more."""


class Audit(msgspec.Struct, frozen=True):
    """The program's report. Without all of these fields it is none."""

    schema: Literal["penstock/osv-audit@1"]
    failure: Failure | None
    rounds: tuple[Round, ...]
    queries: tuple[Query, ...]
    records: dict[str, Json]
    listed: dict[str, tuple[str, ...]]

    def about(self) -> dict[str, dict[str, Json]]:
        """Return the records by the package they speak of."""
        found: dict[str, dict[str, Json]] = {}
        for identifier, record in self.records.items():
            for name in packages(record):
                found.setdefault(name, {})[identifier] = record
        return found


class Dependency(msgspec.Struct, frozen=True):
    """A dependency as pip-audit lists it: with its advisories, or with why it was skipped."""

    name: str
    version: str | None = None
    vulns: tuple[Listed, ...] | None = None
    skip_reason: str | None = None


class _Report(msgspec.Struct, frozen=True):
    dependencies: tuple[Dependency, ...]
    fixes: tuple[msgspec.Raw, ...]
    """Only there to tell this report from another tool's."""


def read(data: bytes, *, rounds: int) -> Audit:
    """Read the program's report, or raise the ToolError that says why there is no answer."""
    try:
        audit = strict.decode(data, Audit)
    except msgspec.DecodeError as error:
        raise ToolError(GapReason.TOOL_OUTPUT, f"this is no report of an audit: {error}") from error
    match audit.failure:
        case Failure(of="feed", message=message):
            raise ToolError(
                GapReason.FEED_BROKEN,
                f"the OSV snapshot cannot be read: {message}",
                hint="fetch it again with: penstock feeds sync osv",
            )
        case Failure(message=message):
            raise ToolError(GapReason.TOOL_FAILED, f"pip-audit could not be started: {message}")
        case None:
            pass
    if why := _fault(audit, rounds):
        raise ToolError(GapReason.TOOL_OUTPUT, f"the report of the audit is none: {why}")
    return audit


def _fault(audit: Audit, rounds: int) -> str:
    """Say why it is no report of what was ordered, though all its fields are there."""
    if any(record.get("id") != name for name, record in audit.records.items()):
        return "it has records without an id"
    for query in audit.queries:
        if question(query.name, query.version) is None:
            return f"it asked about {query.name!r} {query.version!r}, which is none"
    if len(audit.rounds) != rounds:
        return f"{rounds} audits were ordered and {len(audit.rounds)} reported"
    return ""


def dependencies(one: Round) -> tuple[Dependency, ...]:
    """Read what pip-audit itself wrote; its exit code alone proves nothing."""
    if not one.whole:
        raise ToolError(GapReason.LIMIT, "pip-audit wrote more than its report may hold")
    if one.exit_code not in _ANSWERS or not one.stdout.strip():
        last = one.stderr.strip().rpartition("\n")[2]
        raise ToolError(
            GapReason.TOOL_OUTPUT if one.exit_code == 0 else GapReason.TOOL_FAILED,
            f"pip-audit ended with {one.exit_code} and no report: {last or 'it said nothing'}",
        )
    try:
        report = strict.decode(one.stdout, _Report)
    except msgspec.DecodeError as error:
        raise ToolError(
            GapReason.TOOL_OUTPUT, f"pip-audit wrote no report that can be read: {error}"
        ) from error
    found = tuple(_checked(entry) for entry in report.dependencies)
    if one.exit_code == 0 and any(entry.vulns for entry in found):
        raise ToolError(GapReason.TOOL_OUTPUT, "pip-audit ended with 0, and reports advisories")
    return found


def _checked(entry: Dependency) -> Dependency:
    whole = entry.version is not None and entry.vulns is not None
    if whole is (entry.skip_reason is not None):
        raise ToolError(
            GapReason.TOOL_OUTPUT, f"pip-audit lists {entry.name} neither audited nor skipped"
        )
    if whole and question(entry.name, entry.version or "") is None:
        raise ToolError(
            GapReason.TOOL_OUTPUT,
            f"pip-audit lists {entry.name!r} {entry.version!r}, which is none",
        )
    return entry
