"""New exceptions cut to what they are needed for once everything else is done."""

from collections.abc import Mapping, Sequence

from pipeline.model.finding import Finding
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import Action, Except
from pipeline.policy.explaining.enact import enact
from pipeline.policy.explaining.excepting import written
from pipeline.policy.explaining.targets import Target, names
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Rule


def tightened(case: Case, actions: Sequence[Action]) -> tuple[Action, ...]:
    """Let each exception name the findings that need it: fewer may run longer."""
    rules = {rule.id: rule for rule in case.policy.rules}
    return tuple(
        _tight(case, one, (*actions[:number], *actions[number + 1 :]), rules)
        if isinstance(one, Except)
        else one
        for number, one in enumerate(actions)
    )


def _tight(case: Case, one: Except, others: Sequence[Action], rules: Mapping[str, Rule]) -> Except:
    target = Target(
        vulnerability=one.vulnerability or "",
        purl=one.purl or "",
        artifact=one.artifact or "",
        match_key=one.match_key or "",
    )
    needing, met = _spoken_of(enact(case, others), target, one)
    if not needing:
        return one
    named = [rules[name] for name in one.rules]
    return written(case, target, named, users=needing, spoken_of=met, approval=one.approval)


def _spoken_of(case: Case, target: Target, one: Except) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that fail without it, and all that it would match."""
    judged = judge(case)
    told = judged.verdict
    fails = {each.finding for each in told.breaches if each.rule in one.rules}
    met = {each.finding for each in told.warnings if each.rule in one.rules}
    met |= {each.finding for each in told.grace if each.rule in one.rules}
    met |= {each.finding for each in told.excepted if not set(one.rules).isdisjoint(each.rules)}
    named = [finding for finding in judged.findings if names(target, finding)]
    needing = [finding for finding in named if finding.id in fails]
    return needing, [finding for finding in named if finding.id in fails | met]
