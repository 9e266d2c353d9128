"""What of semgrep's JSON report counts, and what its errors take away."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias

import msgspec

from pipeline.model import strict
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.severity import Severity
from pipeline.stages import redaction
from pipeline.toolchain.command import Report

SOURCE: Final = "src/"
"""How the private copy is called in the report."""

_SEVERITIES: Final[Mapping[str, Severity]] = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "ERROR": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "WARNING": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "INFO": Severity.LOW,
}
_ERRORS: Final[Mapping[str, GapReason]] = {
    "Lexical error": GapReason.PARSE_ERROR,
    "Syntax error": GapReason.PARSE_ERROR,
    "Other syntax error": GapReason.PARSE_ERROR,
    "AST builder error": GapReason.PARSE_ERROR,
    "PartialParsing": GapReason.PARSE_ERROR,
    "Timeout": GapReason.TIMEOUT,
    "Fixpoint timeout": GapReason.TIMEOUT,
    "Timeout during interfile analysis": GapReason.TIMEOUT,
    "Out of memory": GapReason.LIMIT,
    "OOM during interfile analysis": GapReason.LIMIT,
    "Stack overflow": GapReason.LIMIT,
    "Too many matches": GapReason.LIMIT,
    "Rule parse error": GapReason.RULE_ERROR,
    "InvalidRuleSchemaError": GapReason.RULE_ERROR,
    "UnknownLanguageError": GapReason.RULE_ERROR,
    "Invalid YAML": GapReason.RULE_ERROR,
    "Internal matching error": GapReason.RULE_ERROR,
    "Missing plugin": GapReason.RULE_ERROR,
    "Pattern parse error": GapReason.RULE_ERROR,
    "PatternParseError": GapReason.RULE_ERROR,
    "Incompatible rule": GapReason.RULE_ERROR,
    "IncompatibleRule": GapReason.RULE_ERROR,
}
_SKIPS: Final[Mapping[str, GapReason]] = {
    "always_skipped": GapReason.IGNORED_BY_TOOL,
    "semgrepignore_patterns_match": GapReason.IGNORED_BY_TOOL,
    "cli_include_flags_do_not_match": GapReason.IGNORED_BY_TOOL,
    "cli_exclude_flags_match": GapReason.IGNORED_BY_TOOL,
    "excluded_by_config": GapReason.IGNORED_BY_TOOL,
    "Gitignore_patterns_match": GapReason.IGNORED_BY_TOOL,
    "Dotfile": GapReason.IGNORED_BY_TOOL,
    "minified": GapReason.IGNORED_BY_TOOL,
    "exceeded_size_limit": GapReason.NOT_READ,
    "too_big": GapReason.NOT_READ,
    "binary": GapReason.NOT_READ,
    "Nonexistent_file": GapReason.NOT_READ,
    "insufficient_permissions": GapReason.NOT_READ,
    "analysis_failed_parser_or_internal_error": GapReason.PARSE_ERROR,
    "too_many_matches": GapReason.LIMIT,
}
_NO_SKIP: Final = frozenset({"irrelevant_rule", "wrong_language"})
"""Said of a file and a single rule that has no business with it."""


class Point(msgspec.Struct, frozen=True):
    """A place in a file: the line from 1, the offset in bytes from 0."""

    line: int
    offset: int


Text: TypeAlias = str | list[str] | None


class Metadata(msgspec.Struct, frozen=True):
    """What a rule says about itself; rules of other people may say anything else."""

    cwe: Text = None
    confidence: str | None = None


class Extra(msgspec.Struct, frozen=True):
    """The part of a result that comes from its rule."""

    message: str
    severity: str
    metadata: Metadata


class Result(msgspec.Struct, frozen=True):
    """One match."""

    check_id: str
    path: str
    start: Point
    end: Point
    extra: Extra

    @property
    def severity(self) -> Severity:
        """The contract's word for semgrep's."""
        return _SEVERITIES.get(self.extra.severity.upper(), Severity.UNKNOWN)


class _Error(msgspec.Struct, frozen=True):
    level: str
    type: str | list[Any]
    message: str
    path: str | None = None
    rule_id: str | None = None

    @property
    def kind(self) -> str:
        if isinstance(self.type, str):
            return self.type
        return str(self.type[0]) if self.type else ""


class _Skipped(msgspec.Struct, frozen=True):
    path: str
    reason: str


class _Paths(msgspec.Struct, frozen=True):
    scanned: list[str]
    skipped: list[_Skipped]


class Document(msgspec.Struct, frozen=True):
    """The fields that we depend on. A report without them is not a report."""

    version: str
    results: list[Result]
    errors: list[_Error]
    paths: _Paths


def read(report: Report) -> Document:
    """Decode a report, or raise ToolError(TOOL_OUTPUT)."""
    try:
        document = strict.decode(report.data, Document)
    except msgspec.DecodeError as exc:
        raise unreadable(str(exc)) from exc
    for result in document.results:
        if not 1 <= result.start.line <= result.end.line:
            raise unreadable(f"a result of {result.check_id} has no place")
    return document


def unreadable(why: str) -> ToolError:
    """Say that what semgrep wrote is not its report."""
    return ToolError(GapReason.TOOL_OUTPUT, f"semgrep: not a report of its own: {why}")


def in_source(path: str) -> str | None:
    """Return the inventory's name of a file in the copy, None for any other path."""
    return path.removeprefix(SOURCE) if path.startswith(SOURCE) else None


def gaps_of(document: Document, *, stage: str, rules: AbstractSet[str]) -> Iterator[Gap]:
    """Tell what errors and skipped files take away, whatever level they were given."""
    for error in document.errors:
        reason = _ERRORS.get(error.kind, GapReason.TOOL_FAILED)
        target = in_source(error.path) if error.path else None
        yield Gap(stage=stage, target=target, reason=reason, detail=_detail(error, rules))
    explained = {error.path for error in document.errors}
    for skipped in document.paths.skipped:
        target = in_source(skipped.path)
        if target is None or skipped.path in explained or skipped.reason in _NO_SKIP:
            continue
        reason = _SKIPS.get(skipped.reason, GapReason.NOT_LISTED)
        yield Gap(stage=stage, target=target, reason=reason, detail=f"semgrep: {skipped.reason}")


def blamed(document: Document, rules: AbstractSet[str]) -> frozenset[str]:
    """Return the rules of which an error speaks: those that it may not have run."""
    return frozenset(_rule(error, rules) for error in document.errors)


def _detail(error: _Error, rules: AbstractSet[str]) -> str:
    """Name the rule, and no line of code."""
    rule = _rule(error, rules)
    return f"semgrep: {error.kind}: {rule}" if rule else f"semgrep: {error.kind}"


def _rule(error: _Error, rules: AbstractSet[str]) -> str:
    """Return the rule that an error spells with the folder it lies in; empty where it is none."""
    said = error.rule_id or ""
    return next((one for one in rules if said == one or said.endswith(f".{one}")), "")


def redact(data: bytes) -> bytes:
    """Leave out the code that messages about syntax quote, from their second line on."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return redaction.without(data, frozenset())
    errors = document.get("errors") if isinstance(document, dict) else None
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            error["message"] = error["message"].split("\n", 1)[0]
    return msgspec.json.encode(document)
