"""A VEX document proposes; it never says why, for how long, or who answers for it."""

from datetime import date

import pytest

from pipeline.errors import UsageError
from pipeline.exceptions.find import Sought
from pipeline.exceptions.proposal import choose, prefill
from pipeline.exceptions.wanted import Wanted
from pipeline.vex.model import Status
from pipeline.vex.read import Proposal
from tests.support.judging import code, package

WANTED = Wanted(created=date(2026, 11, 25))


def claim(
    status: Status = "not_affected",
    *,
    name: str = "CVE-2026-11111",
    purl: str = "pkg:pypi/jinja2@2.10",
) -> Proposal:
    return Proposal(
        vulnerability=name,
        aliases=(),
        purl=purl,
        container=None,
        status=status,
        justification="component_not_present" if status == "not_affected" else None,
        statement="Not  called.",
        author="Somebody",
        source="sha256:" + "0" * 64,
    )


def test_a_claim_fills_in_what_it_says_and_nothing_else() -> None:
    made = prefill(WANTED, claim())
    assert (made.type, made.justification) == ("not_affected", "component_not_present")
    assert made.evidence == "sha256:" + "0" * 64
    assert set(made.missing()) == {"owner", "requester", "ticket", "reason", "expires"}
    affected = prefill(WANTED, claim("affected"))
    assert (affected.type, affected.action) == ("", "Not called.")


def test_what_a_person_says_counts_more() -> None:
    said = Wanted(created=WANTED.created, type="false_positive", justification="x", evidence="y")
    made = prefill(said, claim())
    assert (made.type, made.justification, made.evidence) == ("false_positive", "x", "y")


@pytest.mark.parametrize("status", ["fixed", "under_investigation"])
def test_what_asks_for_no_exception_drafts_none(status: Status) -> None:
    with pytest.raises(UsageError, match="document"):
        prefill(WANTED, claim(status))


def test_a_claim_is_about_a_finding_of_that_advisory_and_package() -> None:
    findings = (package(), package("flask"), code())
    for purl in ("pkg:pypi/jinja2@2.10", "pkg:PyPI/Jinja2"):
        assert choose((claim(purl=purl),), findings, None).finding == findings[0]
    for other in (claim(purl="pkg:pypi/jinja2@2.11"), claim(name="CVE-1-1"), claim(purl="junk")):
        with pytest.raises(UsageError, match="none of the document's 1 claims"):
            choose((other,), findings, None)


def test_several_targets_have_to_be_chosen_from() -> None:
    findings = (package(), package("flask"))
    both = (claim(), claim(purl="pkg:pypi/flask"))
    with pytest.raises(UsageError, match="claims about 2 targets"):
        choose(both, findings, None)
    assert choose(both, findings, Sought(name=findings[1].id[:8])).finding == findings[1]


def test_a_document_that_contradicts_itself_proposes_nothing() -> None:
    with pytest.raises(UsageError, match="contradicts itself"):
        choose((claim(), claim("affected")), (package(),), None)
