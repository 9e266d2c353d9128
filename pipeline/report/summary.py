"""What several formats say in the same words: counts, order, headline, next step."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, assert_never
from urllib.parse import unquote

from pipeline.model.finding import Finding
from pipeline.model.outcome import Completed, Failed, Outcome, Skipped, SkipReason
from pipeline.model.record import RunRecord
from pipeline.model.severity import RANK, Severity
from pipeline.model.verdict import (
    Breach,
    BudgetRecord,
    Decision,
    ExceptionRecord,
    Verdict,
)
from pipeline.model.versions import lowest_above
from pipeline.model.walls import Level

_SKIPPED: Final = {
    SkipReason.NOT_APPLICABLE: "nothing here",
    SkipReason.DESELECTED: "deselected",
    SkipReason.NOT_REQUIRED: "not required",
}
LAST: Final = "P9"
"""Behind every priority that a policy may give."""
_COUNTED: Final = {
    "exceptions_active": "exceptions outstanding",
    "exceptions_renewed_gt_2": "exceptions renewed more than twice",
    "findings_critical_raw": "criticals",
}
OVERDUE: Final = "overdue"
"""How what is said of a finding ends whose time is up."""
_FREE: Final = frozenset({Level.NONE, Level.OFF})


def rank(one: Finding) -> tuple[str, int, str, str, str, str]:
    """Return where a finding stands: by priority, then severity, then place."""
    return one.priority or LAST, -RANK[one.severity], one.stage, one.target, one.rule, one.id


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by what is worst: nothing bad hides behind a cut."""
    return sorted(findings, key=rank)


def severities(findings: Iterable[Finding]) -> list[tuple[Severity, int]]:
    """Count findings by severity, the worst first, without zeros."""
    counts = Counter(finding.severity for finding in findings)
    return [(s, counts[s]) for s in sorted(counts, key=RANK.__getitem__, reverse=True)]


def counted(record: RunRecord, stage: str | None = None) -> list[tuple[Severity, int]]:
    """Count findings by severity, of one stage or of all, listed or not.

    Only an import has more than are listed, and that is of one stage.
    """
    if record.sums is not None:
        return list(record.sums.severities)
    return severities(one for one in record.findings if stage in (None, one.stage))


def total(record: RunRecord) -> int:
    """Return how many findings there are, listed or not."""
    return sum(count for _, count in counted(record))


def breaches(record: RunRecord) -> list[tuple[str, str, int]]:
    """Count breaches by rule, listed or not."""
    return list(record.sums.breaches) if record.sums else by_rule(record.verdict.breaches)


def warnings(record: RunRecord) -> list[tuple[str, str, int]]:
    """Count warnings by rule, listed or not."""
    return list(record.sums.warnings) if record.sums else by_rule(record.verdict.warnings)


def answered(outcome: Outcome) -> str:
    """Say in a few words how a stage ended."""
    match outcome:
        case Completed():
            return f"{outcome.answered}/{outcome.asked} answered"
        case Failed():
            return f"failed: {outcome.reason.value}"
        case Skipped():
            return f"skipped: {_SKIPPED[outcome.why]}"
        case _:
            assert_never(outcome)


def gaps(outcome: Outcome) -> str:
    """Say how many gaps a stage left: all that it was asked, where it gave no answer."""
    match outcome:
        case Completed():
            return str(len(outcome.gaps))
        case Failed():
            return "all"
        case Skipped():
            return "-"
        case _:
            assert_never(outcome)


def breaching(verdict: Verdict) -> set[str]:
    """Return the ids of the findings that breach something."""
    return {breach.finding for breach in verdict.breaches if breach.finding}


def by_rule(breaches: Iterable[Breach]) -> list[tuple[str, str, int]]:
    """Count breaches by rule: (rule, what it says, how many), the most first."""
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    for breach in breaches:
        counts[breach.rule] += 1
        words.setdefault(breach.rule, breach.message)
    return [
        (rule, words[rule], n) for rule, n in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
    ]


def severity_word(finding: Finding) -> str:
    """Write the severity, and that it was assumed where it was."""
    return f"{finding.severity.value} (assumed)" if finding.severity_assumed else finding.severity


def what(finding: Finding) -> str:
    """Name the package with the upgrade that mends it, or say the title."""
    if finding.purl is None:
        return finding.title
    name = unquote(finding.purl.partition("?")[0].removeprefix("pkg:"))
    fix = lowest_above(name.rpartition("@")[2], finding.fix_versions or ())
    return f"{name} → {fix}" if fix else name


def place(finding: Finding) -> str:
    """Say where it is, as editors understand it."""
    if finding.location is None:
        return finding.target
    return f"{finding.location.path}:{finding.location.line}"


def left(one: ExceptionRecord, now: str) -> str:
    """Say how long an exception still holds; the days of one that ended lie behind."""
    if one.expires is None:
        return "-"
    days = (date.fromisoformat(one.expires) - date.fromisoformat(now[:10])).days
    if days > 0:
        return f"{plural(days, 'day')} left"
    return f"ended {plural(-days, 'day')} ago" if days else "ended today"


def promise(budget: BudgetRecord, environment: str) -> str:
    """Say what a budget counts, how much of it there is, and where the limit lies."""
    name = _COUNTED.get(budget.count, budget.id)
    if budget.count == "findings_critical_raw":
        name = f"{name} in {'weekly' if environment == 'weekly' else 'this'} scan"
    if budget.limit == 1:
        return f"{name}: {budget.value}{' (must be 0)' if budget.breached else ''}"
    return f"{name}: {budget.value} {'>=' if budget.breached else '<'} {budget.limit}"


def in_grace(verdict: Verdict) -> list[tuple[str, str, int]]:
    """Count what has time left by rule: (rule, until when, how many), the first to end first."""
    days: dict[str, list[str]] = {}
    for one in verdict.grace:
        days.setdefault(one.rule, []).append(one.until)
    rows = [(min(found), rule, max(found), len(found)) for rule, found in days.items()]
    return [
        (rule, f"until {first}" if first == last else f"until {first} to {last}", count)
        for first, rule, last, count in sorted(rows)
    ]


def fates(record: RunRecord) -> dict[str, str]:
    """Say of each finding what lets it pass, or by when it must be gone."""
    verdict = record.verdict
    today = date.fromisoformat(verdict.now[:10])
    said = {name: _due(date.fromisoformat(day), today) for name, day in record.due.items()}
    said |= {one.finding: f"in grace until {one.until}" for one in verdict.grace}
    by_finding: dict[str, list[str]] = {}
    for one in verdict.excepted:
        by_finding.setdefault(one.finding, []).append(one.exception)
    failing = breaching(verdict)
    for name, ids in by_finding.items():
        if name not in failing:
            said[name] = f"excepted by {' '.join(ids)}"
    return said


def _due(day: date, today: date) -> str:
    days = (day - today).days
    return f"due {day}" if days >= 0 else f"{plural(-days, 'day')} {OVERDUE}"


def plural(count: int, word: str) -> str:
    """Write a count with its noun."""
    if count == 1:
        return f"1 {word}"
    if word.endswith(("ch", "s")):
        return f"{count} {word}es"
    if word.endswith("y") and not word.endswith(("ay", "ey", "oy")):
        return f"{count} {word[:-1]}ies"
    return f"{count} {word}s"


def headline(record: RunRecord) -> str:
    """Say in one sentence why the verdict is what it is."""
    verdict = record.verdict
    parts = []
    if failing := breaches(record):
        many = sum(count for _, _, count in failing)
        parts.append(f"{plural(many, 'breach')} of {plural(len(failing), 'rule')}")
    if verdict.unanswered:
        parts.append(f"{plural(len(verdict.unanswered), 'required answer')} missing")
    if warned := sum(count for _, _, count in warnings(record)):
        parts.append(plural(warned, "warning"))
    if verdict.grace:
        parts.append(f"{len(verdict.grace)} in grace")
    if not parts:
        parts.append("every required question was answered and nothing breaches the policy")
    return ", ".join(parts)


def _answers(record: RunRecord) -> Iterator[str]:
    """Say which answers were given elsewhere, and which by scanners that could do anything."""
    for result in record.results:
        if (told := result.evidence.imported) is not None:
            name = f"{told.tool} {told.version} of {told.made}"
            yield f"imported: {result.evidence.stage} is answered by a report of {name}."
    if free := [one.evidence.stage for one in record.results if one.evidence.sandbox in _FREE]:
        yield f"no walls around the scanners of {', '.join(free)}: see penstock doctor."


def notes(record: RunRecord) -> list[str]:
    """Say what a reader must know about how this verdict came to be."""
    verdict = record.verdict
    said = []
    if record.interrupted:
        said.append("The run was interrupted: this is partial evidence.")
    said += _answers(record)
    if verdict.demo:
        said.append("DEMO: an excerpt of a feed was accepted; this verdict is no evidence.")
    if not verdict.policy.trusted:
        said.append("policy from the working tree: the change under test could have written it.")
    if verdict.report_only_until:
        said.append(f"report only until {verdict.report_only_until}: breaches count as warnings.")
    if record.sums is not None:
        said.append(f"of {total(record)} findings the worst {len(record.findings)} are listed.")
    late = sum(day < verdict.now[:10] for day in record.due.values())
    if late:
        said.append(f"{plural(late, 'finding')} past the day that the policy allows.")
    if any(one.status == "accepted" for one in verdict.break_glass):
        said.append("break-glass is accepted: a deployer may go on, and the verdict stays.")
    return said


def next_step(record: RunRecord) -> str:
    """Name the command that helps most now."""
    bundle = shlex.quote(record.bundle or ".penstock")
    match record.verdict.verdict:
        case Decision.PASS:
            return f"penstock gate {bundle}"
        case Decision.WARN | Decision.FAIL | Decision.INCONCLUSIVE:
            return f"penstock explain {bundle} --verdict"
        case _:
            assert_never(record.verdict.verdict)
