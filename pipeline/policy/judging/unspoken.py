"""Findings of which a policy does not speak, though something was looked at less than before."""

from collections.abc import Iterator

from pipeline.model.finding import Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.severity import Severity
from pipeline.policy.case import Case
from pipeline.policy.model import Policy, Rule


def unspoken(case: Case) -> Iterator[Gap]:
    """Let what is looked at no more be a gap where no rule says what is to become of it."""
    if _speaks(case.policy):
        return
    for finding in case.findings:
        if finding.kind is Kind.COVERAGE:
            told = f"{finding.message}; no rule of the policy speaks of kind: coverage"
            yield Gap(
                stage=finding.stage,
                target=finding.target,
                reason=GapReason.NOT_LISTED,
                detail=told,
            )


def _speaks(policy: Policy) -> bool:
    return any(map(_names_it, policy.rules)) or any(map(_takes_all, policy.rules))


def _names_it(rule: Rule) -> bool:
    return any(one.field == "kind" and Kind.COVERAGE in one.words for one in rule.match)


def _takes_all(rule: Rule) -> bool:
    """Say whether a rule is about everything of high severity, whatever its kind."""
    return all(one.field == "severity" and Severity.HIGH in one.words for one in rule.match)
