"""OpenVEX documents: valid, repeatable, and never silent about what they take back."""

from typing import Any, Final

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.model.official import why_no_openvex
from pipeline.vex import openvex
from pipeline.vex.model import Issue, Product, Statement

ISSUE: Final = Issue(author="Acme", now="2026-11-25T12:00:00Z", tooling="penstock 0.1.0")
LATER: Final = msgspec.structs.replace(ISSUE, now="2026-12-25T12:00:00Z")
JINJA: Final = Product(purl="pkg:pypi/jinja2@2.10")
IMAGE: Final = "pkg:oci/api?repository_url=ghcr.io/acme/api"


def statement(**fields: Any) -> Statement:
    usual: dict[str, Any] = {
        "vulnerability": "CVE-2026-1",
        "aliases": ("GHSA-a-b-c",),
        "status": "not_affected",
        "justification": "component_not_present",
        "products": (JINJA,),
    }
    return Statement(**{**usual, **fields})


AFFECTED: Final = statement(status="affected", justification=None, action="Upgrade to 3.")


def written(*statements: Statement, issue: Issue = ISSUE, before: bytes | None = None) -> bytes:
    earlier = openvex.earlier(before, "f.json") if before is not None else None
    made = openvex.write(issue, statements, earlier)
    assert made is not None
    return made


def read(data: bytes) -> dict[str, Any]:
    return msgspec.json.decode(data, type=dict[str, Any])


def test_every_status_is_valid_openvex() -> None:
    many = (
        statement(),
        AFFECTED,
        statement(vulnerability="CVE-2026-2", status="under_investigation", justification=None),
        statement(products=(Product(purl="pkg:deb/debian/zlib1g@1", container=IMAGE),)),
    )
    assert why_no_openvex(read(written(*many))) == ""


def test_a_document_names_author_instant_tool_and_every_alias() -> None:
    document = read(written(statement()))
    assert (document["author"], document["timestamp"]) == ("Acme", "2026-11-25T12:00:00Z")
    assert document["tooling"] == "penstock 0.1.0"
    said = document["statements"][0]
    assert said["vulnerability"] == {"name": "CVE-2026-1", "aliases": ["GHSA-a-b-c"]}
    assert said["products"][0]["identifiers"] == {"purl": "pkg:pypi/jinja2@2.10"}


def test_a_package_of_an_image_is_named_within_it_and_excused_nowhere_else() -> None:
    inside = Product(purl="pkg:deb/debian/zlib1g@1", container=IMAGE, digest="sha256:" + "a" * 64)
    product = read(written(statement(products=(inside,))))["statements"][0]["products"][0]
    assert product["@id"] == IMAGE
    assert product["hashes"] == {"sha-256": "a" * 64}
    assert [one["@id"] for one in product["subcomponents"]] == ["pkg:deb/debian/zlib1g@1"]


def test_the_order_of_statements_is_nobodys() -> None:
    one, two = statement(), statement(vulnerability="CVE-2026-2")
    assert written(one, two) == written(two, one)


def test_an_equal_document_has_an_equal_id_and_another_another() -> None:
    first, again = read(written(statement())), read(written(statement(), issue=LATER))
    assert first["@id"] == again["@id"] != read(written(AFFECTED))["@id"]


def test_nothing_to_say_is_no_document() -> None:
    assert openvex.write(ISSUE, ()) is None


def test_the_same_again_is_the_same_bytes_later() -> None:
    first = written(statement())
    assert written(statement(), issue=LATER, before=first) == first


def test_a_change_keeps_the_id_and_raises_the_version() -> None:
    first = written(statement())
    second = read(written(AFFECTED, issue=LATER, before=first))
    assert (second["@id"], second["version"]) == (read(first)["@id"], 2)
    assert second["timestamp"] == "2026-12-25T12:00:00Z"
    assert [one["status"] for one in second["statements"]] == ["affected"]


def test_what_is_no_longer_called_not_affected_is_called_affected() -> None:
    second = read(written(before=written(statement())))
    (said,) = second["statements"]
    assert (said["status"], said["vulnerability"]["name"]) == ("affected", "CVE-2026-1")
    assert "withdrawn" in said["action_statement"]


def test_only_the_product_that_is_no_longer_named_is_taken_back() -> None:
    other = Product(purl="pkg:pypi/jinja2@2.11")
    second = read(written(statement(), before=written(statement(products=(JINJA, other)))))
    back = [one for one in second["statements"] if one["status"] == "affected"]
    assert [product["@id"] for one in back for product in one["products"]] == [other.purl]


def test_a_vulnerability_that_got_its_cve_later_is_not_taken_back() -> None:
    before = written(statement(vulnerability="GHSA-a-b-c", aliases=()))
    second = read(written(statement(), before=before))
    assert [one["status"] for one in second["statements"]] == ["not_affected"]


def test_what_was_taken_back_once_is_not_said_for_ever() -> None:
    second = written(before=written(statement()))
    assert openvex.write(LATER, (), openvex.earlier(second, "f.json")) is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"@context": "x"}', b"\xff", b"[" * 100_000, b"notes of mine"]
)
def test_a_file_that_is_no_openvex_is_left_as_it_is(data: bytes) -> None:
    with pytest.raises(UsageError, match="is there and no OpenVEX document"):
        openvex.earlier(data, "notes.txt")


def test_a_file_with_something_in_it_that_is_no_text_is_left_as_it_is() -> None:
    odd = written(statement()).rstrip()[:-1] + b', "note": "\xff"}'
    with pytest.raises(UsageError, match="is there and no OpenVEX document"):
        openvex.earlier(odd, "notes.txt")
