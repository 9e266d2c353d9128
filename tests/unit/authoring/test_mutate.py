"""A policy that is weakened is noticed by its tests, or the tests are told to be too few."""

import pytest

from pipeline import resources
from pipeline.authoring.mutants import mutants
from pipeline.authoring.mutate import survivors
from pipeline.policy.loading.demands import LATER
from pipeline.policy.loading.load import load
from pipeline.policy.model import Policy
from tests.support.authoring import suite, suites
from tests.support.judging import STAGES, policy

HIGH = "{kind: sca, severity: high, aliases: [CVE-2026-1], purl: 'pkg:pypi/x@1'}"


def shipped() -> tuple[Policy, dict[str, bytes]]:
    folder = resources.policies()
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.yaml")
        if path.is_file()
    }
    return load(files, stages=STAGES, where="policies"), files


def test_the_tests_of_the_default_policy_see_every_way_to_weaken_it() -> None:
    default, files = shipped()
    tried, left = survivors(suites(files), default)
    assert left == ()
    assert tried > 80
    assert set(default.demands.stages) - set(LATER) == set(STAGES)


def test_without_tests_every_way_is_unseen_and_each_says_what_to_write() -> None:
    nothing = suite("  - {name: a, env: pr, expect: {verdict: pass}}\n")
    tried, left = survivors(nothing, policy())
    assert len(left) == tried
    assert all(one.advice.startswith("a ") for one in left)
    assert all(one.place.startswith("policies/gate.yaml:") for one in left if "stages" in one.part)


@pytest.mark.parametrize(
    ("expect", "unseen"),
    [
        ("verdict: fail, rules: [R-HIGH], priority: P1", set()),
        ("verdict: fail, rules: [R-HIGH]", {"P1 'High' is dropped", "P1 'High' gives P3"}),
        ("verdict: fail, priority: P1", set()),
    ],
)
def test_what_a_case_does_not_expect_it_does_not_see(expect: str, unseen: set[str]) -> None:
    cases = f"  - {{name: a, env: pr, findings: [{HIGH}], expect: {{{expect}}}}}\n"
    _, left = survivors(suite(cases), policy())
    named = {f"{one.part} {one.name}" for one in left}
    about = {"R-HIGH is dropped", "R-HIGH only warns", "P1 'High' is dropped", "P1 'High' gives P3"}
    assert named & about == unseen


def test_each_mutant_is_another_policy_under_a_name_of_its_own() -> None:
    default, _ = shipped()
    every = list(mutants(default))
    assert all(one.policy != default for one in every)
    assert len({(one.part, one.name, one.place) for one in every}) == len(every)


def test_what_a_mutant_may_be_is_told_by_its_kind() -> None:
    names = {one.name for one in mutants(shipped()[0])}
    for name in (
        "is dropped",
        "only warns",
        "does not match severity = critical",
        "does not match epss of exactly 0.5",
        "gives a day more of grace",
        "gives grace whatever kev is",
        "gives 90 days of grace",
        "allows exceptions",
        "gives P3",
        "lets 5 through",
        "does not end what can be mended",
        "asks for no signature",
        "is a day longer",
        "is not required",
        "may have nothing to look at",
    ):
        assert name in names
