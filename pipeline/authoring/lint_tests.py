"""Whether the tests show what each failing rule does, and what it leaves alone."""

from collections.abc import Iterator

from pipeline.authoring.cases import Suite
from pipeline.authoring.kinds import possible_kinds
from pipeline.authoring.lint_model import Flaw, error
from pipeline.authoring.tested import coverage
from pipeline.authoring.trial import run
from pipeline.policy.model import ENVIRONMENTS, Policy


def missing(policy: Policy, suites: tuple[Suite, ...]) -> Iterator[Flaw]:
    """Find rules that fail somewhere and have no failing or no passing case."""
    counts = {one.id: one for one in coverage(policy, run(suites, policy))}
    for rule in policy.rules:
        warns = all(rule.effect_for(name) == "warn" for name in ENVIRONMENTS)
        if warns or not possible_kinds(rule.match):
            continue
        lacking = []
        if not counts[rule.id].failed:
            lacking.append(f"no case of the tests fails by {rule.id}")
        if not counts[rule.id].passed:
            lacking.append(f"no case with findings passes {rule.id}")
        if lacking:
            hint = "write it into tests/NAME_test.yaml; `penstock policy test` runs it"
            yield error("rule-untested", rule.place, "; ".join(lacking), hint)
