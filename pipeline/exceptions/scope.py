"""What an exception for a finding would reach: its rules, its findings, how grave they are."""

from collections.abc import Iterable

import msgspec

from pipeline.errors import UsageError, Where
from pipeline.model.finding import Finding
from pipeline.model.severity import RANK
from pipeline.policy.case import Case
from pipeline.policy.judging.cover import covers
from pipeline.policy.judging.gate import matcher_of
from pipeline.policy.judging.hits import Hit, hits
from pipeline.policy.judging.matching import Matcher
from pipeline.policy.loading.located import near
from pipeline.policy.model import ENVIRONMENTS, PRIORITIES, PolicyException, Rule


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The findings that an exception matches now. There is at least one."""

    findings: tuple[Finding, ...]

    @property
    def severity(self) -> str:
        """The worst severity among them."""
        return max((one.severity for one in self.findings), key=RANK.__getitem__).value

    @property
    def priority(self) -> str:
        """The most urgent priority among them."""
        return min((one.priority or "P0" for one in self.findings), key=PRIORITIES.index)

    @property
    def without_fix(self) -> bool:
        """Whether all are in packages, and nobody knows a fixed version of any."""
        return all(one.purl is not None and not one.fix_versions for one in self.findings)

    def refuse_known_exploited(self, where: Where) -> None:
        """Raise UsageError where a finding is known to be exploited: that voids an exception."""
        exploited = next((one for one in self.findings if one.kev), None)
        if exploited is not None:
            raise UsageError(
                f"{exploited.rule} is known to be exploited: no exception for it can hold",
                hint="mend it; `penstock explain` names the upgrade",
                where=where,
            )


def rules_of(
    case: Case, finding: Finding, *, named: Iterable[str], environments: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the rules to except from: those named, else all that fail on the finding.

    Raises UsageError for a rule that is unknown, that the finding does not meet, or that allows
    no exception, and where nothing fails.
    """
    matcher = matcher_of(case)
    found = {
        (hit.rule.id, environment): hit
        for environment in environments or ENVIRONMENTS
        for hit in _hits(case, matcher, finding, environment)
    }
    met = {hit.rule.id: hit.rule for hit in found.values()}
    wanted = tuple(dict.fromkeys(named))
    for name in wanted:
        _check_named(case, name, met)
    chosen = wanted or tuple(dict.fromkeys(_failing(found.values())))
    if not chosen:
        raise _nothing_fails(finding, found.values(), environments)
    for name in chosen:
        _refuse_closed(met[name])
    return tuple(sorted(chosen))


def _hits(case: Case, matcher: Matcher, finding: Finding, environment: str) -> Iterable[Hit]:
    there = msgspec.structs.replace(case, environment=environment)
    return hits(there, matcher, matcher.weigh((matcher.ready(finding),)))


def _failing(found: Iterable[Hit]) -> Iterable[str]:
    return (hit.rule.id for hit in found if hit.effect == "fail" and hit.until is None)


def _check_named(case: Case, name: str, met: dict[str, Rule]) -> None:
    known = [rule.id for rule in case.policy.rules]
    if name not in known:
        raise UsageError(
            f"--rule: there is no rule {name!r}",
            hint=near(name, known) or f"the rules are {', '.join(known)}",
        )
    if name not in met:
        raise UsageError(
            f"--rule: the finding does not meet {name}",
            hint=f"it meets {', '.join(met) or 'no rule'}",
        )


def _refuse_closed(rule: Rule) -> None:
    if not rule.exception_roles:
        raise UsageError(
            f"{rule.id} ({rule.title}) allows no exception",
            hint="it says `exception_roles: []`: the finding has to be mended",
            where=rule.place,
        )


def _nothing_fails(
    finding: Finding, found: Iterable[Hit], environments: tuple[str, ...]
) -> UsageError:
    grace = sorted({f"{hit.rule.id} until {hit.until}" for hit in found if hit.until is not None})
    if grace:
        hint = f"it has grace from {', '.join(grace)}; name the rule by --rule to prepare for then"
    else:
        hint = "name the rule by --rule where a warning shall be excepted"
    there = ", ".join(environments) or "any environment"
    return UsageError(f"no rule fails on {finding.rule} in {there}", hint=hint)


def scope_of(case: Case, one: PolicyException) -> Scope:
    """Return the findings that an exception matches, as the gate would count them."""
    matcher = matcher_of(case)
    candidates = tuple(
        matcher.ready(finding)
        for finding in case.findings
        if covers(one, finding, case.environment)
    )
    matched = {
        hit.finding.id: hit.finding
        for hit in hits(case, matcher, matcher.weigh(candidates))
        if hit.rule.id in one.rules
    }
    if not matched:
        raise UsageError(
            f"the target would match nothing in {case.environment}",
            hint="narrow it less: see --path and --env",
        )
    return Scope(findings=tuple(matched.values()))
