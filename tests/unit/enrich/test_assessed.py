"""CISA's answers on findings: they narrow a row of BOD 26-04, and good news counts of every CVE."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich import ssvc
from pipeline.enrich.run import enrich
from pipeline.model.assessment import AUTOMATABLE, IMPACT, Assessment
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge
from tests.support.judging import code, package

CVES = ("CVE-2026-1111", "CVE-2026-2222", "CVE-2026-3333")


def assessed(*aliases: str, **said: tuple[str, str]) -> Finding:
    known = {
        f"CVE-2026-{name[1:]}": Assessment(automatable=a, technical_impact=t)
        for name, (a, t) in said.items()
    }
    (one,) = enrich(
        [package(cve=aliases[0], aliases=aliases)], Knowledge(kev={}, vulnrichment=known)
    )
    return one


@pytest.mark.parametrize(
    ("aliases", "said", "expected"),
    [
        (CVES[:1], {"_1111": ("no", "partial")}, ("no", "partial", "60_days", ())),
        (CVES[:1], {"_1111": ("yes", "total")}, ("yes", "total", "3_days", ())),
        (("GHSA-a", CVES[0]), {"_1111": ("no", "total")}, ("no", "total", "14_days", ())),
        (CVES[:2], {"_1111": ("no", "total"), "_2222": ("yes", "partial")},
         ("yes", "total", "3_days", ())),
        (CVES[:2], {"_1111": ("no", "partial")},
         (None, None, "3_days", ("3_days", "14_days", "60_days"))),
        (CVES[:2], {"_1111": ("yes", "total")}, ("yes", "total", "3_days", ())),
        (CVES[:1], {"_1111": ("unknown", "partial")},
         (None, "partial", "14_days", ("14_days", "60_days"))),
        (CVES[:1], {}, (None, None, "3_days", ("3_days", "14_days", "60_days"))),
    ],
)  # fmt: skip
def test_the_worst_answer_about_all_cves_of_a_group_narrows_its_row(
    aliases: tuple[str, ...], said: dict[str, tuple[str, str]], expected: tuple[object, ...]
) -> None:
    found = assessed(*aliases, **said)
    row = (found.automatable, found.technical_impact, found.ssvc, found.ssvc_possible)
    assert row == expected


def test_what_has_no_cve_and_what_is_no_package_is_not_assessed() -> None:
    known = Knowledge(vulnrichment={})
    one, two = enrich([package(cve="GHSA-a", aliases=("GHSA-a",)), code()], known)
    assert {one.automatable, two.automatable, one.ssvc, two.ssvc} == {None}


ANSWERS = st.builds(
    Assessment, automatable=st.sampled_from(AUTOMATABLE), technical_impact=st.sampled_from(IMPACT)
)
STRICT = tuple(ssvc.ROWS.values())


@given(st.dictionaries(st.sampled_from(CVES), ANSWERS), st.sampled_from(CVES))
def test_an_alias_more_never_makes_a_row_milder(known: dict[str, Assessment], more: str) -> None:
    knowledge = Knowledge(kev={}, vulnrichment=known)
    first, second = (
        enrich([package(cve=CVES[0], aliases=names)], knowledge)[0]
        for names in ((CVES[0],), tuple(sorted({CVES[0], more})))
    )
    assert STRICT.index(str(second.ssvc)) <= STRICT.index(str(first.ssvc))
    assert enrich([second], knowledge) == (second,)


def test_two_tools_that_say_different_things_of_one_defect_are_joined_by_the_worse() -> None:
    first = package(automatable="no", technical_impact="partial", exposure="internal")
    fields = {"automatable": "yes", "technical_impact": "total", "exposure": "public"}
    for more, exposure in ((fields, "public"), ({**fields, "exposure": None}, None)):
        second = package(stage="packages", **more)
        for both in ((first, second), (second, first)):
            (one,) = enrich(both, Knowledge())
            assert (one.automatable, one.technical_impact, one.exposure) == (
                "yes", "total", exposure,
            )  # fmt: skip
