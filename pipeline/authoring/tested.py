"""What the tests of a policy show: case by case, rule by rule."""

from collections.abc import Iterable

import msgspec

from pipeline.authoring.mutants import Survivor
from pipeline.authoring.trial import Trial
from pipeline.authoring.why import notes
from pipeline.policy.model import Policy


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a case that was expected otherwise."""

    key: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    place: str
    notes: tuple[str, ...]


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """One case."""

    file: str
    name: str
    place: str
    green: bool
    differences: tuple[Difference, ...]


class RuleCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """In how many cases a rule was met, and in how many it was not."""

    id: str
    title: str
    place: str
    failed: int
    """Cases in which a finding fails by it."""
    warned: int
    lowered: int
    """Cases in which only grace or an exception kept a finding from it."""
    passed: int
    """Cases with findings that do not meet it."""

    @property
    def met(self) -> bool:
        """Whether any case meets it."""
        return bool(self.failed or self.warned or self.lowered)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that `policy test` has to say."""

    policy: str
    digest: str
    cases: tuple[Tested, ...]
    rules: tuple[RuleCoverage, ...]
    mutants: int | None = None
    """How many ways to weaken the policy were tried; None where none was."""
    asked: bool = False
    """Whether they were asked for."""
    partial: bool = False
    """Only some cases were run, so that `rules` says little."""
    survivors: tuple[Survivor, ...] = ()

    @property
    def green(self) -> bool:
        """Whether every case came as expected, and every mutant was seen."""
        return all(one.green for one in self.cases) and not self.survivors


def report(policy: Policy, trials: tuple[Trial, ...]) -> Report:
    """Gather what the tests show."""
    return Report(
        policy=policy.name,
        digest=policy.digest,
        cases=tuple(map(_tested, trials)),
        rules=coverage(policy, trials),
    )


def _tested(trial: Trial) -> Tested:
    case = trial.case
    return Tested(
        file=case.file,
        name=case.name,
        place=str(case.place),
        green=trial.green,
        differences=tuple(
            Difference(
                key=one.key,
                expected=one.expected,
                got=one.got,
                place=one.place,
                notes=notes(trial, one),
            )
            for one in trial.mismatches
        ),
    )


def coverage(policy: Policy, trials: Iterable[Trial]) -> tuple[RuleCoverage, ...]:
    """Count for each rule the cases that meet it, and those whose findings do not."""
    counts = {
        rule.id: {"failed": 0, "warned": 0, "lowered": 0, "passed": 0} for rule in policy.rules
    }
    for trial in trials:
        fates = _fates(trial)
        for name, count in counts.items():
            fate = fates.get(name, "passed" if trial.judgement.findings else None)
            if fate is not None:
                count[fate] += 1
    return tuple(
        RuleCoverage(id=rule.id, title=rule.title, place=str(rule.place), **counts[rule.id])
        for rule in policy.rules
    )


def _fates(trial: Trial) -> dict[str, str]:
    """Return the worst that came of each rule that was met."""
    verdict = trial.judgement.verdict
    lowered = [one.rule for one in verdict.grace]
    lowered += [rule for one in verdict.excepted for rule in one.rules]
    return {
        **dict.fromkeys(lowered, "lowered"),
        **dict.fromkeys((one.rule for one in verdict.warnings if one.finding), "warned"),
        **dict.fromkeys((one.rule for one in verdict.breaches if one.finding), "failed"),
    }
