"""What another policy would make of the same evidence: one case, judged twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.severity import Severity
from pipeline.model.verdict import Breach, Decision, Unanswered, Verdict
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Policy

_RANK: Final = {
    Decision.PASS: 0,
    Decision.WARN: 1,
    Decision.INCONCLUSIVE: 2,
    Decision.FAIL: 3,
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that one policy fails and the other does not."""

    finding: str
    name: str
    """Its rule: what people know it by."""
    severity: Severity
    place: str
    rules: tuple[str, ...]
    """The rules that fail it, under the policy that does."""
    why: tuple[str, ...]
    """What the other policy makes of each, in the same order."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What changes for one case."""

    before: Decision
    after: Decision
    newly_failing: tuple[Change, ...]
    newly_passing: tuple[Change, ...]
    breaches_new: tuple[str, ...]
    """Budgets and exceptions that fail the gate without a finding, and did not before."""
    breaches_gone: tuple[str, ...]
    gaps_new: tuple[Unanswered, ...]
    """Answers that are owed now, and were not before."""
    gaps_gone: tuple[Unanswered, ...]
    exceptions_new: tuple[str, ...]
    """Exceptions that cover something now, and covered nothing before."""
    exceptions_freed: tuple[str, ...]
    """Exceptions that covered something which needs none any more."""
    exceptions_dead: tuple[str, ...]
    """Exceptions that covered something which fails now."""

    @property
    def weaker(self) -> bool:
        """Whether something is let through that was stopped."""
        return bool(
            self.newly_passing
            or self.breaches_gone
            or self.gaps_gone
            or _RANK[self.after] < _RANK[self.before]
        )

    @property
    def stricter(self) -> bool:
        """Whether something is stopped that was let through."""
        return bool(
            self.newly_failing
            or self.breaches_new
            or self.gaps_new
            or _RANK[self.after] > _RANK[self.before]
        )


def compare(case: Case, other: Policy) -> Difference:
    """Judge a case by its own policy and by another one, and list what differs."""
    return differ(case, under(case, other))


def under(case: Case, other: Policy) -> Case:
    """Return the same evidence under another policy."""
    source = msgspec.structs.replace(case.source, name=other.name, digest=other.digest)
    return msgspec.structs.replace(case, policy=other, source=source)


def differ(one: Case, other: Case) -> Difference:
    """List what differs between two judgements of the same findings.

    Raises UsageError where one of the policies cannot judge this environment.
    """
    before, after = judge(one), judge(other)
    told = _Told(before.findings, _Sight(one.policy, before.verdict))
    now = _Told(after.findings, _Sight(other.policy, after.verdict))
    freed, dead = _ended(before.verdict, after.verdict)
    return Difference(
        before=before.verdict.verdict,
        after=after.verdict.verdict,
        newly_failing=now.failing_only(told),
        newly_passing=told.failing_only(now),
        breaches_new=_without(after.verdict, before.verdict),
        breaches_gone=_without(before.verdict, after.verdict),
        gaps_new=_gaps(after.verdict, before.verdict),
        gaps_gone=_gaps(before.verdict, after.verdict),
        exceptions_new=tuple(sorted(_used(after.verdict) - _used(before.verdict))),
        exceptions_freed=freed,
        exceptions_dead=dead,
    )


class _Sight:
    """A verdict, asked for what became of a finding under a rule."""

    def __init__(self, policy: Policy, verdict: Verdict) -> None:
        self._rules = {rule.id for rule in policy.rules}
        self._verdict = verdict
        self._known: dict[tuple[str, str], str] | None = None
        self.failing: Mapping[str, list[str]] = _by_finding(verdict.breaches)

    def fate(self, rule: str, finding: str) -> str:
        """Say in a few words why a rule does not fail a finding here."""
        if rule not in self._rules:
            return f"{rule} is no rule"
        if self._known is None:
            self._known = dict(self._fates())
        return self._known.get((rule, finding), f"{rule} does not match")

    def _fates(self) -> Iterable[tuple[tuple[str, str], str]]:
        until = self._verdict.report_only_until
        for one in self._verdict.warnings:
            only = f"{one.rule} is reported only until {until}" if until else f"{one.rule} warns"
            yield (one.rule, one.finding or ""), only
        for late in self._verdict.grace:
            yield (late.rule, late.finding), f"{late.rule} gives grace until {late.until}"
        for free in self._verdict.excepted:
            for rule in free.rules:
                yield (rule, free.finding), f"{free.exception} excepts it from {rule}"


class _Told:
    """The findings of a judgement, and its verdict."""

    def __init__(self, findings: tuple[Finding, ...], sight: _Sight) -> None:
        self._findings = findings
        self.sight = sight

    def failing_only(self, other: "_Told") -> tuple[Change, ...]:
        """Return the findings that fail here and not there."""
        here, there = self.sight.failing, other.sight.failing
        wanted = here.keys() - there.keys()
        if not wanted:
            return ()
        return tuple(
            _change(one, here[one.id], other.sight.fate)
            for one in self._findings
            if one.id in wanted
        )


def _change(one: Finding, rules: list[str], fate: Callable[[str, str], str]) -> Change:
    return Change(
        finding=one.id,
        name=one.rule,
        severity=one.severity,
        place=one.purl or one.path,
        rules=tuple(rules),
        why=tuple(fate(rule, one.id) for rule in rules),
    )


def _by_finding(breaches: Iterable[Breach]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in breaches:
        if one.finding is not None:
            found[one.finding].append(one.rule)
    return found


def _without(one: Verdict, other: Verdict) -> tuple[str, ...]:
    """Name the breaches of one verdict that rest on no finding and that the other has not."""
    known = _on_no_finding(other)
    return tuple(f"{b.rule}: {b.message}" for k, b in _on_no_finding(one).items() if k not in known)


def _on_no_finding(verdict: Verdict) -> Mapping[str, Breach]:
    """Return them by what tells them apart: a budget's message changes with its count."""
    budgets = {one.id for one in verdict.budgets}
    return {
        breach.rule if breach.rule in budgets else breach.message: breach
        for breach in verdict.breaches
        if breach.finding is None
    }


def _gaps(one: Verdict, other: Verdict) -> tuple[Unanswered, ...]:
    """Return the gaps of one verdict that the other does not know, whatever it says of them."""
    known = {(gap.stage, gap.target, gap.reason) for gap in other.unanswered}
    return tuple(gap for gap in one.unanswered if (gap.stage, gap.target, gap.reason) not in known)


def _used(verdict: Verdict) -> set[str]:
    return {one.exception for one in verdict.excepted}


def _ended(before: Verdict, after: Verdict) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the exceptions that cover nothing any more: those not needed, those that failed."""
    ended = _used(before) - _used(after)
    failing = {(one.rule, one.finding) for one in after.breaches}
    dead = {
        one.exception
        for one in before.excepted
        if one.exception in ended and any((rule, one.finding) in failing for rule in one.rules)
    }
    return tuple(sorted(ended - dead)), tuple(sorted(dead))
