"""The ways out of one finding: what mends it, and the exceptions that cover it, both tried."""

from collections.abc import Sequence

from pipeline.model.finding import Finding, Kind
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.actions import Action, Way, Ways
from pipeline.policy.explaining.bumps import bump, group_of, groups, mend
from pipeline.policy.explaining.enact import enact
from pipeline.policy.explaining.excepting import Filing, Item
from pipeline.policy.explaining.to_pass import without_report_only
from pipeline.policy.judging.exceptions import Applied
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Rule


def ways(
    case: Case, judgement: Judgement, applied: Applied, finding: Finding, rules: Sequence[Rule]
) -> Ways:
    """Say what lifts these failing rules from a finding; the gate tells what fails then."""
    if not rules:
        return Ways()
    key = group_of(finding)
    around = groups(judgement.findings, frozenset([key]))[key] if key else [finding]
    covered = Filing(case, applied).cover([Item(finding=finding, rules=tuple(rules))], around)
    excepting = () if covered.blocked else covered.actions
    tried = _Tried(without_report_only(case), finding)
    return Ways(
        mending=tried.way(_mending(finding, around)),
        excepting=tried.way(excepting),
        no_exception="; ".join(dict.fromkeys(one.why for one in covered.blocked)),
    )


def _mending(finding: Finding, around: Sequence[Finding]) -> tuple[Action, ...]:
    key = group_of(finding)
    if key is not None:
        return bump(key, [finding], around)
    return () if finding.kind is Kind.SCA else (mend(finding),)


class _Tried:
    """Holds what fails with something done against what fails now."""

    def __init__(self, case: Case, finding: Finding) -> None:
        self._case = case
        self._finding = finding.id
        breaches = judge(case).verdict.breaches
        self._before = frozenset(one.rule for one in breaches if one.finding is None)

    def way(self, actions: Sequence[Action]) -> Way | None:
        """Return the way with what still fails; nothing where there is nothing to do."""
        if not actions:
            return None
        breaches = judge(enact(self._case, actions)).verdict.breaches
        left = {
            one.rule
            for one in breaches
            if one.finding == self._finding
            or (one.finding is None and one.rule not in self._before)
        }
        return Way(actions=tuple(actions), left=tuple(sorted(left)))
