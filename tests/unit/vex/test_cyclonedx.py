"""CycloneDX documents about vulnerabilities: valid, repeatable, and linked to our SBOMs."""

from typing import Any, Final, get_args

import msgspec

from pipeline.model.official import why_no_cyclonedx
from pipeline.vex import cyclonedx
from pipeline.vex.cyclonedx import Rating, Vulnerability
from pipeline.vex.model import Issue, Product, Status
from tests.unit.vex.test_openvex import AFFECTED, ISSUE, statement

LINK: Final = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Apypi%2Fjinja2%402.10"
LINKED: Final = Product(purl="pkg:pypi/jinja2@2.10", bom_links=(LINK,))


def written(*entries: Vulnerability, issue: Issue = ISSUE) -> dict[str, Any]:
    return msgspec.json.decode(cyclonedx.write(issue, entries), type=dict[str, Any])


def full() -> Vulnerability:
    return Vulnerability(
        statement=statement(products=(LINKED,)),
        description="sandbox escape",
        ratings=(Rating(source="ghsa", severity="high", score=8.6, vector="CVSS:3.1/AV:N"),),
        cwes=(693,),
        recommendation="Upgrade to 2.10.1.",
        published="2019-04-10T00:00:00Z",
    )


def test_a_full_entry_and_an_empty_document_are_valid() -> None:
    assert why_no_cyclonedx(written(full())) == ""
    assert why_no_cyclonedx(written()) == ""


def test_every_status_and_justification_has_a_valid_word() -> None:
    for status in get_args(Status):
        said = statement(status=status, justification=None, action="Wait.")
        assert why_no_cyclonedx(written(Vulnerability(statement=said))) == ""
    for word in (
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    ):
        document = written(Vulnerability(statement=statement(justification=word)))
        assert why_no_cyclonedx(document) == ""
        assert document["vulnerabilities"][0]["analysis"]["detail"] == word


def test_an_entry_points_into_the_sbom_of_the_same_run() -> None:
    document = written(full())
    assert document["vulnerabilities"][0]["affects"] == [{"ref": LINK}]
    assert document["components"] == []


def test_a_package_that_is_in_no_sbom_is_described_here() -> None:
    document = written(Vulnerability(statement=statement()))
    assert document["vulnerabilities"][0]["affects"] == [{"ref": "pkg:pypi/jinja2@2.10"}]
    assert [one["bom-ref"] for one in document["components"]] == ["pkg:pypi/jinja2@2.10"]


def test_aliases_are_references_with_the_place_where_they_are_read() -> None:
    (reference,) = written(full())["vulnerabilities"][0]["references"]
    assert reference["id"] == "GHSA-a-b-c"
    assert reference["source"]["url"] == "https://github.com/advisories/GHSA-a-b-c"


def test_an_entry_that_nobody_analysed_says_nothing_of_its_state() -> None:
    silent = msgspec.structs.replace(full(), silent=True)
    assert "analysis" not in written(silent)["vulnerabilities"][0]


def test_of_one_vulnerability_the_claim_that_hides_least_stands_first() -> None:
    clean = statement(products=(Product(purl="pkg:pypi/a@1"),))
    open_ = statement(status="under_investigation", justification=None)
    listed = written(*(Vulnerability(statement=one) for one in (clean, open_, AFFECTED)))
    states = [one["analysis"]["state"] for one in listed["vulnerabilities"]]
    assert states == ["exploitable", "in_triage", "not_affected"]


def test_the_order_of_entries_is_nobodys_and_the_serial_number_follows_the_content() -> None:
    one, two = full(), Vulnerability(statement=AFFECTED)
    assert cyclonedx.write(ISSUE, [one, two]) == cyclonedx.write(ISSUE, [two, one])
    assert written(one)["serialNumber"] != written(two)["serialNumber"]
