"""Abuse 18: an exception by one alias, and a poisoned alias that would stretch it."""

import pytest

from pipeline.enrich.run import enrich
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import Severity
from pipeline.model.verdict import Verdict
from pipeline.policy.model import Policy
from tests.support.judging import exception, package, rules_of, verdict, with_exceptions

GHSA, OTHER = "GHSA-aaaa-bbbb-cccc", "GHSA-xxxx-yyyy-zzzz"
CVE, WORSE = "CVE-2026-11111", "CVE-2026-22222"


def excepting(*names: str) -> Policy:
    return with_exceptions(
        *(
            exception(f"EX-{n}", target=f"{{vulnerability: {name}, purl: 'pkg:pypi/jinja2@2.10'}}")
            for n, name in enumerate(names)
        )
    )


def reported(*groups: tuple[str, ...]) -> tuple[Finding, ...]:
    """Report each group of ids as a tool of its own would, and enrich as a run does."""
    tools = ("pip-audit", "packages")[: len(groups)]
    said = zip(groups, tools, strict=True)
    found = (package(cve=ids[0], aliases=ids, stage=tool) for ids, tool in said)
    return enrich(found, Knowledge())


def judged(policy: Policy, *groups: tuple[str, ...]) -> Verdict:
    return verdict(policy, *reported(*groups))


@pytest.mark.parametrize("name", [CVE, GHSA, "PYSEC-2026-1", GHSA.lower()])
def test_an_exception_by_any_id_of_an_advisory_covers_it(name: str) -> None:
    said = judged(excepting(name), (CVE, GHSA), (GHSA, "PYSEC-2026-1"))
    assert (said.verdict, len(said.excepted)) == ("PASS", 1)


def test_a_poisoned_alias_does_not_stretch_it_over_another_cve() -> None:
    said = judged(excepting(CVE), (CVE, GHSA), (WORSE, GHSA))
    assert (said.verdict, rules_of(said.breaches)) == ("FAIL", ["R-HIGH"])
    assert judged(excepting(CVE, WORSE), (CVE, GHSA), (WORSE, GHSA)).verdict == "PASS"


def test_nor_does_the_id_that_both_cves_share() -> None:
    assert judged(excepting(GHSA), (CVE, GHSA), (WORSE, GHSA)).verdict == "FAIL"


def test_a_poisoned_alias_does_not_stretch_it_over_another_ghsa() -> None:
    joined = ((GHSA, OTHER), (OTHER, WORSE))
    assert judged(excepting(GHSA), *joined).verdict == "FAIL"
    assert judged(excepting(WORSE), *joined).verdict == "FAIL"
    assert judged(excepting(GHSA, OTHER), *joined).verdict == "PASS"


def test_nor_does_the_key_that_a_finding_had_before_the_alias() -> None:
    (alone,) = reported((CVE, GHSA))
    by_key = with_exceptions(exception("EX-0", target=f"{{match_key: {alone.match_key}}}"))
    assert judged(by_key, (CVE, GHSA)).verdict == "PASS"
    assert judged(by_key, (CVE, GHSA), (WORSE, GHSA)).verdict == "FAIL"


def test_a_cve_that_is_assigned_later_orphans_no_exception() -> None:
    said = judged(excepting(GHSA), (GHSA,))
    assert said.verdict == "PASS"
    assert judged(excepting(GHSA), (GHSA, CVE)).verdict == "PASS"


def test_a_tool_that_is_told_by_an_alias_joins_what_it_names_and_loses_neither() -> None:
    (one,) = reported((CVE, GHSA), (WORSE, GHSA))
    assert {CVE, WORSE, GHSA} <= set(one.aliases)
    assert one.sources == ("pip-audit", "packages")


def test_what_an_alias_brings_along_still_ends_an_exception_that_it_may_join() -> None:
    """One CVE that meets an id without a CVE may be its late name: what is worse is seen."""
    policy = excepting(GHSA)
    assert judged(policy, (GHSA,)).verdict == "PASS"
    worse = package(cve=WORSE, aliases=(WORSE, GHSA), severity=Severity.CRITICAL)
    known = package(cve=WORSE, aliases=(WORSE, GHSA), stage="packages", kev=True)
    for other in (worse, known):
        found = enrich((package(cve=GHSA, aliases=(GHSA,)), other), Knowledge())
        said = verdict(policy, *found)
        assert (said.verdict, said.exceptions[0].status) == ("FAIL", "void")
