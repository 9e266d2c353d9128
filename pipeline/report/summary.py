"""What several formats say in the same words: counts, order, headline, next step."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, assert_never
from urllib.parse import unquote

from pipeline.model.finding import Finding
from pipeline.model.outcome import Completed, Failed, Outcome, Skipped, SkipReason
from pipeline.model.record import RunRecord
from pipeline.model.severity import RANK, Severity
from pipeline.model.verdict import Breach, Decision, ExceptionStatus, Verdict
from pipeline.model.versions import lowest_above

_SKIPPED: Final = {
    SkipReason.NOT_APPLICABLE: "nothing here",
    SkipReason.DESELECTED: "deselected",
    SkipReason.NOT_REQUIRED: "not required",
}
_LAST: Final = "P9"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by priority, then severity, then place: nothing bad hides behind a cut."""
    return sorted(
        findings,
        key=lambda f: (f.priority or _LAST, -RANK[f.severity], f.stage, f.target, f.rule, f.id),
    )


def severities(findings: Iterable[Finding]) -> list[tuple[Severity, int]]:
    """Count findings by severity, the worst first, without zeros."""
    counts = Counter(finding.severity for finding in findings)
    return [(s, counts[s]) for s in sorted(counts, key=RANK.__getitem__, reverse=True)]


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


def plural(count: int, word: str) -> str:
    """Write a count with its noun."""
    if count == 1:
        return f"1 {word}"
    if word.endswith(("ch", "s")):
        return f"{count} {word}es"
    return f"{count} {word[:-1]}ies" if word.endswith("y") else f"{count} {word}s"


def headline(record: RunRecord) -> str:
    """Say in one sentence why the verdict is what it is."""
    verdict = record.verdict
    parts = []
    if verdict.breaches:
        rules = len({breach.rule for breach in verdict.breaches})
        parts.append(f"{plural(len(verdict.breaches), 'breach')} of {plural(rules, 'rule')}")
    if verdict.unanswered:
        parts.append(f"{plural(len(verdict.unanswered), 'required answer')} missing")
    if verdict.warnings:
        parts.append(plural(len(verdict.warnings), "warning"))
    if verdict.grace:
        parts.append(f"{len(verdict.grace)} in grace")
    if not parts:
        parts.append("every required question was answered and nothing breaches the policy")
    return ", ".join(parts)


def notes(record: RunRecord) -> list[str]:
    """Say what a reader must know about how this verdict came to be."""
    verdict = record.verdict
    said = []
    if record.interrupted:
        said.append("The run was interrupted: this is partial evidence.")
    if verdict.demo:
        said.append("DEMO: an excerpt of a feed was accepted; this verdict is no evidence.")
    if not verdict.policy.trusted:
        said.append("policy from the working tree: the change under test could have written it.")
    if verdict.report_only_until:
        said.append(f"report only until {verdict.report_only_until}: breaches count as warnings.")
    if not verdict.exceptions:
        return said
    listed = Counter(one.status for one in verdict.exceptions)
    words = ", ".join(f"{listed[s]} {s.value}" for s in ExceptionStatus if listed[s])
    return [*said, f"{plural(len(verdict.exceptions), 'exception')}: {words}."]


def next_step(record: RunRecord) -> str:
    """Name the command that helps most now."""
    bundle = record.bundle or ".penstock"
    match record.verdict.verdict:
        case Decision.PASS:
            return f"penstock gate {bundle}"
        case Decision.WARN | Decision.FAIL | Decision.INCONCLUSIVE:
            return f"penstock explain {bundle} --verdict"
        case _:
            assert_never(record.verdict.verdict)
