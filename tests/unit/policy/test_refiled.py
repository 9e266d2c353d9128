"""What is filed again under another name is renewed, and what is another thing is not."""

import pytest

from pipeline.model.finding import Finding
from pipeline.policy.judging.exceptions import apply
from pipeline.policy.judging.gate import matcher_of
from pipeline.policy.judging.refiled import Refiled
from tests.support import judging

GHSA = "GHSA-aaaa-bbbb-cccc"
USUAL = "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'"


def counted(before: str, finding: Finding, *, created: str = "2026-10-01") -> int:
    """Count the renewals of the usual exception beside another that was filed before."""
    other = judging.exception("EX-1", target=f"{{{before}}}", created=created, expires="2026-10-09")
    policy = judging.with_exceptions(other, judging.exception("EX-2"))
    case = judging.case(policy, finding)
    fates = apply(case, matcher_of(case).weigh(case.findings)).fates
    refiled = Refiled(fates)
    return next(refiled.renewals(fate) for fate in fates if fate.exception.id == "EX-2")


@pytest.mark.parametrize(
    ("before", "times"),
    [
        (USUAL, 1),
        (USUAL.replace("CVE-2026-11111", GHSA), 1),
        (USUAL.replace("CVE-2026-11111", GHSA.lower()), 1),
        (USUAL.replace("2.10", "2.9"), 1),
        (f"{USUAL}, paths: ['req*.txt']", 1),
        (f"{USUAL}, paths: ['api/**']", 0),
        (f"{USUAL}, artifact: acme/api", 0),
        (USUAL.replace("jinja2", "flask"), 0),
        (USUAL.replace("CVE-2026-11111", "CVE-2026-22222"), 0),
        (f"match_key: {'a' * 32}", 0),
    ],
)
def test_a_target_is_the_defect_in_its_place_whatever_it_is_called(before: str, times: int) -> None:
    assert counted(before, judging.package(aliases=("CVE-2026-11111", GHSA))) == times


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ({}, USUAL),
        ({}, USUAL.replace("2.10", "2.9")),
        ({"stage": "image", "target": "acme/api:4@sha256:1"}, f"{USUAL}, artifact: acme/api"),
    ],
    ids=["source", "another version", "image"],
)
def test_a_match_key_in_place_of_the_names_is_no_other_target(
    place: dict[str, str], named: str
) -> None:
    finding = judging.package(**place)
    days = {"created": "2026-10-01", "expires": "2026-10-09"}
    names, key = f"{{{named}}}", f"{{match_key: {finding.match_key}}}"
    for before, after in ((names, key), (key, names), (key, key)):
        policy = judging.with_exceptions(
            judging.exception("EX-1", target=before, **days),
            judging.exception("EX-2", target=after),
        )
        case = judging.case(policy, finding)
        fates = apply(case, matcher_of(case).weigh(case.findings)).fates
        covered = bool(fates[1].findings)
        assert Refiled(fates).renewals(fates[1]) == (1 if covered or before == after else 0)
        assert covered or "2.9" in named


def test_an_alias_that_joins_two_cves_makes_no_target_of_both() -> None:
    joined = judging.package(aliases=("CVE-2026-11111", "CVE-2026-22222", GHSA))
    assert counted(USUAL.replace("CVE-2026-11111", "CVE-2026-22222"), joined) == 0


def test_what_covers_nothing_counts_as_its_file_says() -> None:
    alias = USUAL.replace("CVE-2026-11111", GHSA)
    assert counted(alias, judging.package("flask", aliases=("CVE-2026-11111", GHSA))) == 0
    assert counted(USUAL, judging.package("flask")) == 1


def test_what_was_filed_later_came_not_before() -> None:
    later = judging.exception("EX-0", target=f"{{{USUAL.replace('CVE-2026-11111', GHSA)}}}")
    policy = judging.with_exceptions(judging.exception("EX-1", created="2026-11-19"), later)
    case = judging.case(policy, judging.package(aliases=("CVE-2026-11111", GHSA)))
    fates = apply(case, matcher_of(case).weigh(case.findings)).fates
    refiled = Refiled(fates)
    assert {fate.exception.id: refiled.renewals(fate) for fate in fates} == {"EX-0": 1, "EX-1": 0}


def test_a_predecessor_that_a_file_names_counts_though_it_is_gone() -> None:
    policy = judging.with_exceptions(judging.exception("EX-2", supersedes="EX-1"))
    case = judging.case(policy, judging.package())
    (fate,) = apply(case, matcher_of(case).weigh(case.findings)).fates
    assert fate.findings
    assert Refiled((fate,)).renewals(fate) == 1
