"""Which exceptions cover a finding or nearly do, and field by field why not."""

from collections.abc import Iterator
from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.explaining.explanation import ExceptionTried, FieldTried, RuleTried
from pipeline.policy.judging.cover import CHECKS, cves_of, ids_of
from pipeline.policy.judging.exceptions import Applied, Fate
from pipeline.policy.model import PolicyException
from pipeline.policy.purl import spelt, unversioned

_MOST: Final = 20


def near_misses(
    case: Case, applied: Applied, finding: Finding, rules: tuple[RuleTried, ...]
) -> tuple[ExceptionTried, ...]:
    """List them, those that miss by the fewest fields first."""
    tried = [
        _tried(case, fate, finding, rules)
        for fate in applied.fates
        if _is_near(fate.exception, finding)
    ]
    tried.sort(key=lambda one: (sum(field.answer == "no" for field in one.fields), one.id))
    return tuple(tried[:_MOST])


def _is_near(one: PolicyException, finding: Finding) -> bool:
    """Say whether an exception means the same advisory, the same package or the same key."""
    if one.match_key is not None:
        return one.match_key == finding.match_key
    if one.vulnerability in ids_of(finding):
        return True
    found = spelt(finding.purl)
    if found is None or one.purl is None:
        return False
    return unversioned(one.purl) == unversioned(found)


def _tried(
    case: Case, fate: Fate, finding: Finding, rules: tuple[RuleTried, ...]
) -> ExceptionTried:
    one = fate.exception
    applied = any(one.id in rule.exceptions for rule in rules)
    fields = tuple(_fields(case, one, finding, rules))
    fits = all(field.answer == "yes" for field in fields)
    reason = fate.reason
    if fits and fate.status is ExceptionStatus.ACTIVE and not applied:
        reason = f"each of {', '.join(sorted(cves_of(finding)))} needs an exception of its own"
    return ExceptionTried(
        id=one.id,
        place=str(one.place),
        status=fate.status,
        reason=reason,
        applied=applied,
        fields=fields,
        expires=one.expires.isoformat(),
        days_left=(one.expires - case.today).days,
        owner=one.owner,
        ticket=one.ticket,
    )


def _fields(
    case: Case, one: PolicyException, finding: Finding, rules: tuple[RuleTried, ...]
) -> Iterator[FieldTried]:
    wanted = {
        "vulnerability": one.vulnerability or "",
        "match_key": one.match_key or "",
        "purl": one.purl or "",
        "artifact": one.artifact or ("" if one.match_key else "none: the source tree"),
        "paths": ", ".join(one.paths),
        "environments": ", ".join(one.environments),
    }
    found = {
        "vulnerability": ", ".join(sorted(cves_of(finding) or ids_of(finding))),
        "match_key": finding.match_key,
        "purl": finding.purl or "none",
        "artifact": finding.target,
        "paths": finding.path,
        "environments": case.environment,
    }
    for name, check in CHECKS:
        if wanted[name]:
            fits = check(one, finding, case.environment)
            yield _field(name, wanted[name], found[name], fits=fits)
    met = [rule.id for rule in rules if rule.outcome != "not met"]
    yield _field(
        "rules", ", ".join(one.rules), ", ".join(met), fits=not set(met).isdisjoint(one.rules)
    )


def _field(name: str, wanted: str, found: str, *, fits: bool) -> FieldTried:
    return FieldTried(field=name, wanted=wanted, found=found, answer="yes" if fits else "no")
