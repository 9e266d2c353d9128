"""Writes explanations for people and for programs."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from pipeline.cli.explain import known, plan, ways
from pipeline.cli.terminal.wrapping import WIDTH, wrapped
from pipeline.model.finding import Finding, SeverityClaim
from pipeline.model.severity import RANK
from pipeline.model.verdict import Unanswered
from pipeline.policy.explaining.explanation import (
    ExceptionTried,
    Explanation,
    FieldTried,
    RuleCount,
    RuleTried,
    VerdictExplanation,
)
from pipeline.report import summary
from pipeline.report.escape import terminal

FORMATS: Final = ("text", "json")
SCHEMA: Final = "penstock/explanation@2"
_UNPLANNED: Final = (
    "not worked out for so many findings: begin with the rule that most of them fail, and with what"
    " summary.md of the bundle lists first"
)
_DIGITS: Final = 12
_BASE: Final = re.compile(r"\bbase:([0-9a-f]{12})[0-9a-f]{28,}:")
_SHORT: Final = r"base:\1:"
_MARKS: Final = {
    "fail": "FAIL",
    "warn": "warn",
    "grace": "grace",
    "excepted": "except",
    "not met": "----",
}


def finding(explained: Explanation, form: str, bundle: Path) -> str:
    """Write why one finding of a bundle is judged as it is."""
    return _json(explained) if form == "json" else _text(_finding(explained, bundle))


def verdict(explained: VerdictExplanation, form: str, bundle: Path, known: Collection[str]) -> str:
    """Write why the verdict on a bundle with these findings is what it is."""
    return _json(explained) if form == "json" else _text(_verdict(explained, bundle, known))


def _json(explained: Explanation | VerdictExplanation) -> str:
    document = {"schema": SCHEMA, **msgspec.to_builtins(explained)}
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def _text(lines: Iterator[str]) -> str:
    """Write lines, with as much of a base commit as names it to people and to git."""
    return "".join(f"{terminal(_BASE.sub(_SHORT, line))}\n" for line in lines)


def _finding(explained: Explanation, bundle: Path) -> Iterator[str]:
    found = explained.finding
    others = ", ".join(one for one in found.aliases if one != found.rule)
    yield from _within(f"{found.id[:12]}  {found.rule}{f' ({others})' if others else ''}", 4)
    yield from wrapped(found.title, "    ", "    ")
    for line in _facts(found, explained):
        yield from _within(line, 15)
    yield "  RULES"
    for line in chain.from_iterable(map(_rule, explained.rules)):
        yield from _within(line, 11)
    if explained.exceptions:
        yield "  EXCEPTIONS"
    for line in chain.from_iterable(map(_exception, explained.exceptions)):
        yield from _within(line, 11)
    yield "  TO PASS"
    yield from ways.lines(explained, bundle)


def _within(line: str, indent: int) -> Iterator[str]:
    """Break a line that is too long for a terminal."""
    if len(line) <= WIDTH:
        yield line
        return
    words = line.lstrip()
    yield from wrapped(words, line[: len(line) - len(words)], " " * indent)


def _facts(found: Finding, explained: Explanation) -> Iterator[str]:
    if found.purl:
        yield f"    package    {found.purl}"
    yield f"    place      {summary.place(found)}"
    yield f"    sources    {', '.join(found.sources)}"
    yield from _severity(found)
    if explained.disagreement:
        yield "               the sources disagree by two steps or more; the worst counts"
    yield f"    confidence {found.confidence.value}"
    yield from known.lines(found, explained.feeds, explained.exposures)
    for assumed in explained.assumed:
        yield f"    assumed    {assumed.field} = {assumed.value} (nobody knows it)"
    given = explained.priority
    row = f"{given.place} {given.title!r}" if given.place else given.title
    yield f"    priority   {given.priority:<16} {row}"
    yield from known.dates(found, explained.age)
    if found.purl is None:
        yield f"    match_key  {found.match_key}"
    if found.suppressed_inline:
        yield "    note       a comment in the source would have silenced it"


def _severity(found: Finding) -> Iterator[str]:
    """Name the severity, and what each source says: beside it where that is short."""
    claims = [_claim(claim) for claim in found.severities] or ["no source says anything"]
    line = f"    severity   {summary.severity_word(found):<16} {claims[0]}"
    if len(claims) == 1 and len(line) <= WIDTH:
        yield line
        return
    yield f"    severity   {summary.severity_word(found)}"
    yield from (f"               {one}" for one in claims)


def _claim(claim: SeverityClaim) -> str:
    score = "" if claim.score is None else f" {claim.score}"
    return f"{claim.source} -> {claim.value.value}{score} {claim.vector or ''}".rstrip()


def _rule(rule: RuleTried) -> Iterator[str]:
    doubt = "" if rule.certain or rule.outcome == "not met" else "  (rests on an unknown value)"
    yield f"    {_MARKS[rule.outcome]:<6} {rule.id} {rule.title}  {rule.place}{doubt}"
    if rule.outcome == "not met":
        yield from (f"           {_tried(one)}" for one in rule.fields if one.answer == "no")
        return
    if rule.controls:
        yield f"           controls: {', '.join(rule.controls)}"
    if rule.assumed:
        yield f"           assumed: {', '.join(rule.assumed)}"
    if rule.grace is not None:
        used = (
            f"until {rule.grace.until}" if rule.grace.until else f"not used: {rule.grace.why_not}"
        )
        yield f"           grace {used}"
    if rule.exceptions:
        yield f"           covered by {', '.join(rule.exceptions)}"
    elif rule.outcome == "fail" and not rule.exception_roles:
        yield "           no exception is possible"


def _tried(field: FieldTried) -> str:
    return f"{field.field} = {field.wanted} (is {field.found})"


def _exception(tried: ExceptionTried) -> Iterator[str]:
    word = "applied" if tried.applied else "NOT applied"
    why = f": {tried.reason}" if tried.reason else ""
    yield f"    {tried.id}  {word}, {tried.status.value}{why}  {tried.place}"
    left = f"expires {tried.expires}, {tried.days_left} d left"
    yield f"           {left}; owner {tried.owner}; {tried.ticket}"
    if not tried.applied:
        yield from (f"           {_tried(one)}" for one in tried.fields if one.answer != "yes")


def _verdict(explained: VerdictExplanation, bundle: Path, known: Collection[str]) -> Iterator[str]:
    yield f"{explained.verdict.value}  by policy {explained.policy}"
    worst = sorted(explained.severities.items(), key=lambda one: -RANK[one[0]])
    counts = ", ".join(f"{n} {severity.value}" for severity, n in worst)
    yield f"    findings   {counts or 'none'}"
    for field, count in explained.assumed.items():
        yield f"    assumed    {field}, for {count} of the breaches and warnings"
    if explained.uncertain:
        count = explained.uncertain
        yield f"    uncertain  {count} of the breaches and warnings: a value is not known"
    yield "  RULES"
    rows = [(rule.id, _counts(rule), rule.place) for rule in explained.rules]
    for rule, lines in zip(explained.rules, _rows(rows), strict=True):
        yield from lines
        yield from wrapped(rule.title, "       ", "       ")
    yield from _missing(explained)
    yield from _tracked(explained)
    yield "  INPUTS"
    rows = [(one.name, _short(one.digest), one.note) for one in explained.inputs]
    yield from _columns(rows)
    yield "  TO PASS"
    if explained.plan is None:
        yield from wrapped(_UNPLANNED, "    ")
    else:
        yield from plan.lines(explained.plan, bundle, known)


def _short(digest: str) -> str:
    """Leave of a digest what tells it apart; --format json has the whole."""
    kind, colon, digits = digest.partition(":")
    return f"{kind}{colon}{digits[:_DIGITS]}"


def _counts(rule: RuleCount) -> str:
    parts = (
        (rule.breaches, summary.plural(rule.breaches, "breach")),
        (rule.warnings, summary.plural(rule.warnings, "warning")),
        (rule.grace, f"{rule.grace} in grace"),
        (rule.excepted, f"{rule.excepted} excepted"),
    )
    return ", ".join(words for count, words in parts if count) or "no finding"


def _columns(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    return chain.from_iterable(_rows(rows))


def _rows(rows: Sequence[tuple[str, str, str]]) -> Iterator[list[str]]:
    """Line three columns up; the last one goes below where it does not fit."""
    first = max((len(one) for one, _, _ in rows), default=0)
    second = max((len(one) for _, one, _ in rows), default=0)
    for name, middle, last in rows:
        line = f"    {name:<{first}}  {middle:<{second}}  {last}".rstrip()
        if len(line) <= WIDTH:
            yield [line]
        else:
            head = f"    {name:<{first}}  {middle}".rstrip()
            yield [head, *wrapped(last, "       ", "       ")]


def _missing(explained: VerdictExplanation) -> Iterator[str]:
    for title, entries in (
        ("NOT ANSWERED", explained.unanswered),
        ("TOLERATED", explained.tolerated),
    ):
        if entries:
            yield f"  {title}"
        yield from _columns([_gap(one) for one in entries])
    if explained.help:
        yield "  WHAT TO DO ABOUT IT"
    column = max(map(len, explained.help), default=0)
    for reason, told in explained.help.items():
        yield from wrapped(f"{reason:<{column}}  {told}", "    ", "       ")


def _gap(one: Unanswered) -> tuple[str, str, str]:
    where = ": ".join(part for part in (one.stage or "run", one.target) if part)
    return f"{one.reason.value} ({one.gap_class.value})", where, one.detail


def _tracked(explained: VerdictExplanation) -> Iterator[str]:
    if explained.exceptions or explained.budgets:
        yield "  EXCEPTIONS AND BUDGETS"
    for line in explained.exceptions:
        left = f"{line.days_left} d left" if line.days_left is not None else "no date"
        reason = f"  {line.record.reason}" if line.record.reason else ""
        matches = summary.plural(line.record.matches, "match")
        yield f"    {line.record.id}  {line.record.status.value}, {left}, {matches}{reason}"
    for budget in explained.budgets:
        sign = ">=" if budget.breached else "<"
        yield f"    {budget.id}  {budget.value} {sign} {budget.limit}"
