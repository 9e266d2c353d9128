"""Runs the policy's tests: each case is judged as a run would be, and held against its word."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.authoring.cases import PolicyCase, Suite
from pipeline.authoring.samples import Known, known_exceptions
from pipeline.authoring.staging import staged
from pipeline.errors import UsageError
from pipeline.model.verdict import Breach, ExceptionStatus, Verdict
from pipeline.policy.case import Case, Judgement
from pipeline.policy.judging.gate import judge
from pipeline.policy.loading.located import near
from pipeline.policy.model import BadException, Policy, PolicyException

STATUSES: Final[Mapping[str, ExceptionStatus]] = {
    "expired": ExceptionStatus.EXPIRED,
    "void": ExceptionStatus.VOID,
    "unused": ExceptionStatus.UNUSED,
    "not_yet": ExceptionStatus.NOT_YET,
    "over_matched": ExceptionStatus.OVER_MATCHED,
    "unapproved": ExceptionStatus.UNAPPROVED,
    "invalid": ExceptionStatus.INVALID,
}
"""Keys of `expect` that list exceptions by what became of them."""


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A key of `expect` that was not met."""

    key: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    place: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One case, judged."""

    case: PolicyCase
    staged: Case
    judgement: Judgement
    mismatches: tuple[Mismatch, ...]

    @property
    def green(self) -> bool:
        """Whether everything that was expected came."""
        return not self.mismatches


def run(suites: Iterable[Suite], policy: Policy, *, only: str = "") -> tuple[Trial, ...]:
    """Judge the cases whose name or file holds `only`, in order."""
    return tuple(trials(suites, policy, only=only))


def trials(suites: Iterable[Suite], policy: Policy, *, only: str = "") -> Iterator[Trial]:
    """Judge them one by one, so that a reader may stop at the first red one."""
    for suite in suites:
        known = known_exceptions(suite.samples, policy)
        for case in suite.cases:
            if only.lower() in f"{case.file} {case.name}".lower():
                yield _trial(case, under(case, policy, known))


def under(case: PolicyCase, policy: Policy, known: Known) -> Policy:
    """Return the policy with the exceptions that the case names and no other.

    No case has excerpts for evidence, so that a policy which accepts them can be tried as if it did
    not: in release and weekly it could judge nothing else.
    """
    for name in case.said.exceptions:
        if name not in known.every:
            hint = near(name, known.every) or "name one of the folder, or write it into this file"
            raise UsageError(f"there is no exception {name}", hint=hint, where=case.place)
    named = known.named(case.said.exceptions)
    terms = policy.terms
    if case.said.signed_by is None:
        terms = msgspec.structs.replace(terms, approvals={"default": 0})
    return msgspec.structs.replace(
        policy,
        demands=msgspec.structs.replace(policy.demands, accept_excerpts=False),
        exceptions=tuple(one for one in named if isinstance(one, PolicyException)),
        bad_exceptions=tuple(one for one in named if isinstance(one, BadException)),
        terms=terms,
    )


def _trial(case: PolicyCase, policy: Policy) -> Trial:
    made = staged(case, policy)
    judgement = judge(made)
    got = outcome(made, judgement)
    return Trial(
        case=case,
        staged=made,
        judgement=judgement,
        mismatches=tuple(_mismatches(case, got)),
    )


def outcome(case: Case, judgement: Judgement) -> Mapping[str, tuple[str, ...]]:
    """Return what came of a case, under the keys of `expect`."""
    verdict = judgement.verdict
    budgets = {budget.id for budget in case.policy.budgets}
    said = (*verdict.breaches, *verdict.warnings)
    return {
        "verdict": (verdict.verdict.value.lower(),),
        "rules": _rules(verdict.breaches, budgets),
        "warnings": _rules(verdict.warnings, budgets),
        "grace": _sorted(one.rule for one in verdict.grace),
        "excepted": _sorted(one.exception for one in verdict.excepted),
        **{key: _with_status(verdict, status) for key, status in STATUSES.items()},
        "assumed": _sorted(field for one in said for field in one.assumed),
        "budgets": _sorted(one.rule for one in said if one.rule in budgets),
        "priority": tuple(f"{one.id} {one.priority}" for one in judgement.findings),
        "unanswered": _sorted(_owes(one.stage, one.target) for one in verdict.unanswered),
    }


def _owes(stage: str | None, target: str | None) -> str:
    """Name who owes an answer: a stage, a feed of enrichment, or the whole run."""
    return stage or target or "run"


def _rules(entries: Iterable[Breach], budgets: set[str]) -> tuple[str, ...]:
    return _sorted(one.rule for one in entries if one.rule not in budgets)


def _with_status(verdict: Verdict, status: ExceptionStatus) -> tuple[str, ...]:
    return _sorted(one.id for one in verdict.exceptions if one.status is status)


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _mismatches(case: PolicyCase, got: Mapping[str, tuple[str, ...]]) -> Iterator[Mismatch]:
    for key in got:
        expected = _expected(case, key, got[key])
        if expected is not None and expected != got[key]:
            place = case.places.get(key, case.place)
            yield Mismatch(key=key, expected=expected, got=got[key], place=str(place))


def _expected(case: PolicyCase, key: str, got: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what a case expects under a key, written as `outcome` does; None for nothing."""
    said = getattr(case.said.expect, key)
    match said:
        case None:
            return None
        case str() if key == "priority":
            return tuple(f"{one.partition(' ')[0]} {said}" for one in got)
        case str():
            return (said,)
        case dict():
            known = dict(one.split(" ", 1) for one in got)
            return tuple(f"{name} {said.get(name, word)}" for name, word in known.items())
        case _:
            return _sorted(said)
