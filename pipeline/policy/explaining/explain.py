"""Says why a finding is judged as it is: every rule, every near miss, and the way out."""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from pipeline.errors import UsageError
from pipeline.model.finding import Finding
from pipeline.model.severity import RANK, Severity
from pipeline.model.versions import lowest_above
from pipeline.policy import purl
from pipeline.policy.case import Case, Judgement
from pipeline.policy.explaining.ages import age_of
from pipeline.policy.explaining.explanation import (
    Assumed,
    Explanation,
    FieldTried,
    GraceTried,
    PriorityGiven,
    RuleTried,
)
from pipeline.policy.explaining.misses import near_misses
from pipeline.policy.explaining.ways import ways
from pipeline.policy.judging.exceptions import Applied, apply
from pipeline.policy.judging.fields import FIELDS, Answer, World
from pipeline.policy.judging.gate import matcher_of
from pipeline.policy.judging.hits import effect_on, grace, refused_grace
from pipeline.policy.judging.matching import Matcher
from pipeline.policy.model import LAST_PRIORITY, Effect, GraceTerms, Match, Rule

Outcome: TypeAlias = Literal["fail", "warn", "grace", "excepted", "not met"]
_SHORTEST_PREFIX: Final = 4
_FAR_APART: Final = 2
_ALIKE: Final = 0.8
_SHOWN: Final = 8
_WORDS: Final[dict[Answer, Literal["yes", "no", "assumed", "unknown"]]] = {
    Answer.YES: "yes",
    Answer.NO: "no",
    Answer.ASSUMED: "assumed",
    Answer.UNKNOWN: "unknown",
}


def explain(case: Case, judgement: Judgement, finding_id: str) -> Explanation:
    """Explain a finding by its id or the beginning of it. Raises UsageError for none or several."""
    finding = _find(judgement, finding_id)
    matcher = matcher_of(case)
    applied = apply(case, matcher.weigh(judgement.findings))
    row = matcher.row(finding)
    rules = tuple(_rule(case, matcher, applied, finding, rule) for rule in case.policy.rules)
    return Explanation(
        finding=finding,
        disagreement=_disagree(finding),
        assumed=_assumed(case, finding, rules),
        priority=PriorityGiven(
            priority=row.priority if row else LAST_PRIORITY,
            title=row.title if row else "no row matches",
            place=str(row.place) if row else "",
        ),
        rules=rules,
        exceptions=near_misses(case, applied, finding, rules),
        upgrade=upgrade(finding),
        feeds=case.feeds,
        exposures=case.exposures,
        age=age_of(case, finding),
        ways=ways(case, judgement, applied, finding, _failing(case, rules)),
    )


def _failing(case: Case, tried: tuple[RuleTried, ...]) -> list[Rule]:
    failing = {one.id for one in tried if one.outcome == "fail"}
    return [rule for rule in case.policy.rules if rule.id in failing]


def _find(judgement: Judgement, ident: str) -> Finding:
    wanted = ident.strip().lower()
    exact = [one for one in judgement.findings if one.id == wanted]
    found = exact or [one for one in judgement.findings if is_meant(one, wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no finding is called {ident!r}", hint=_nearest(judgement, ident))
    names = "\n".join(f"{one.id[:12]}  {one.rule}  {one.purl or one.path}  {one.target}"
                      for one in found[:_SHOWN])  # fmt: skip
    more = f"\nand {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise UsageError(
        f"{len(found)} findings are called {ident!r}", hint=f"name one by its id\n{names}{more}"
    )


def is_meant(one: Finding, wanted: str) -> bool:
    """Know a finding by the beginning of its id, its rule, an advisory, or ADVISORY@PACKAGE."""
    if len(wanted) >= _SHORTEST_PREFIX and one.id.startswith(wanted):
        return True
    names = {one.rule.lower(), *map(str.lower, one.aliases)}
    if wanted in names:
        return True
    advisory, _, package = wanted.partition("@")
    known = purl.spelt(one.purl)
    if not package or advisory not in names or known is None:
        return False
    bare = purl.unversioned(known).lower()
    return package in (known.lower(), bare, bare.removeprefix("pkg:"), bare.rpartition("/")[2])


def _nearest(judgement: Judgement, ident: str) -> str:
    """Name what is spelt nearly so, or say what may be named."""
    import difflib

    if not judgement.findings:
        return "the bundle holds no finding at all; --verdict explains the whole"
    names = {name.lower(): name for one in judgement.findings for name in _names(one, ident)}
    wanted = ident.strip().lower()
    if close := difflib.get_close_matches(wanted, sorted(names), n=3, cutoff=_ALIKE):
        return f"did you mean {' or '.join(names[one] for one in close)}?"
    return (
        f"give its id or at least {_SHORTEST_PREFIX} of its first characters, a rule, CVE or"
        " GHSA, or CVE@PACKAGE; findings.ndjson of the bundle has them"
    )


def _names(one: Finding, ident: str) -> Iterator[str]:
    """Yield what a finding could have been called instead, in the form that was used."""
    yield one.id[: max(len(ident.strip()), _SHORTEST_PREFIX)]
    known = purl.spelt(one.purl)
    for name in (one.rule, *one.aliases):
        if "@" not in ident:
            yield name
        elif known is not None:
            yield f"{name}@{purl.unversioned(known).rpartition('/')[2]}"


def _disagree(finding: Finding) -> bool:
    ranks = [
        RANK[claim.value] for claim in finding.severities if claim.value is not Severity.UNKNOWN
    ]
    return bool(ranks) and max(ranks) - min(ranks) >= _FAR_APART


def _assumed(case: Case, finding: Finding, rules: tuple[RuleTried, ...]) -> tuple[Assumed, ...]:
    unknowns = case.policy.unknowns
    values = {
        "severity": unknowns.severity.value,
        "fix_available": str(unknowns.fix_available).lower(),
        "exposure": unknowns.exposure or "",
    }
    used = {field for rule in rules for field in rule.assumed}
    if finding.severity_assumed:
        used.add("severity")
    return tuple(Assumed(field=name, value=values.get(name, "")) for name in sorted(used))


def _rule(
    case: Case, matcher: Matcher, applied: Applied, finding: Finding, rule: Rule
) -> RuleTried:
    fields = fields_tried(rule.match, matcher.world, finding)
    is_met = all(one.answer != "no" for one in fields)
    covering = applied.covered.get(finding.id, {}).get(rule.id, ())
    effect = effect_on(finding, rule.effect_for(case.environment))
    until = grace(matcher, rule, effect, finding, case.today) if is_met else None
    return RuleTried(
        id=rule.id,
        title=rule.title,
        place=str(rule.place),
        controls=rule.controls,
        outcome=_outcome(effect, until, covering) if is_met else "not met",
        certain=is_met and all(one.answer != "unknown" for one in fields),
        assumed=tuple(one.field for one in fields if is_met and one.answer == "assumed"),
        fields=fields,
        grace=_grace(matcher, rule.grace, finding, until)
        if rule.grace and is_met and effect == "fail"
        else None,
        exceptions=covering,
        exception_roles=rule.exception_roles,
    )


def _outcome(effect: Effect, until: str | None, covering: tuple[str, ...]) -> Outcome:
    if until is not None:
        return "grace"
    return "excepted" if covering else effect


def _grace(matcher: Matcher, terms: GraceTerms, finding: Finding, until: str | None) -> GraceTried:
    fields = fields_tried(terms.only_if, matcher.world, finding)
    return GraceTried(
        until=until,
        why_not="" if until else _why_no_grace(terms, finding, fields),
        fields=fields,
    )


def _why_no_grace(terms: GraceTerms, finding: Finding, fields: tuple[FieldTried, ...]) -> str:
    if refused := refused_grace(finding):
        return f"never, since {refused}"
    for one in fields:
        if one.answer != "yes":
            return f"only_if {one.field} = {one.wanted} (is {one.found})"
    since = getattr(finding, terms.since)
    if since is None:
        return f"{terms.since} is unknown"
    return f"{terms.days} days from {since} are over"


def fields_tried(match: Match, world: World, finding: Finding) -> tuple[FieldTried, ...]:
    """Hold a match against a finding, field by field."""
    return tuple(
        FieldTried(
            field=condition.field,
            wanted=str(condition),
            found=_found(condition.field, finding),
            answer=_WORDS[FIELDS[condition.field](condition, world)(finding)],
        )
        for condition in match
    )


def _found(field: str, finding: Finding) -> str:
    match field:
        case "severity" if finding.severity_assumed:
            return "unknown"
        case "stage":
            return ", ".join(finding.sources)
        case "rule":
            return ", ".join(dict.fromkeys((finding.rule, *finding.aliases)))
        case "fix_available":
            fixes = finding.fix_versions
            return "unknown" if fixes is None else str(bool(fixes)).lower()
        case "sla_breached":
            return f"first seen {finding.first_seen}, published {finding.advisory_published}"
        case _:
            value = getattr(finding, field)
            return ", ".join(value) if isinstance(value, tuple) else _word(value)


def _word(value: object) -> str:
    return (
        "unknown" if value is None else str(value).lower() if value in (True, False) else str(value)
    )


def upgrade(finding: Finding) -> str:
    """Say what mends a finding; nothing where nobody knows."""
    known = purl.spelt(finding.purl)
    if known is None or finding.fix_versions is None:
        return ""
    package = purl.unversioned(known)
    if not finding.fix_versions:
        return f"no version of {package} mends it yet"
    version = purl.version_of(known)
    return f"upgrade {package} from {version} to {lowest_above(version, finding.fix_versions)}"
