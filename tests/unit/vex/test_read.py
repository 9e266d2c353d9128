"""What others say is read as a proposal: whatever it says, nothing follows from it."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.vex import cyclonedx, openvex, read
from pipeline.vex.cyclonedx import Vulnerability
from pipeline.vex.model import Product
from tests.support.junk import doubled, junk, places
from tests.unit.vex.test_cyclonedx import LINKED
from tests.unit.vex.test_openvex import IMAGE, ISSUE, statement, written


def test_what_was_written_as_openvex_comes_back_claim_by_claim() -> None:
    inside = Product(purl="pkg:deb/debian/zlib1g@1", container=IMAGE)
    other = statement(vulnerability="CVE-2026-2", aliases=(), products=(inside,))
    first, second = read.proposals(written(statement(), other))
    assert (first.vulnerability, first.aliases) == ("CVE-2026-1", ("GHSA-a-b-c",))
    assert (first.purl, first.container, first.status) == (
        "pkg:pypi/jinja2@2.10",
        None,
        "not_affected",
    )
    assert (first.justification, first.author) == ("component_not_present", "Acme")
    assert (second.purl, second.container) == ("pkg:deb/debian/zlib1g@1", IMAGE)


def test_what_was_written_as_cyclonedx_comes_back_through_its_links() -> None:
    code = statement(justification="vulnerable_code_not_in_execute_path")
    linked = msgspec.structs.replace(code, products=(LINKED,))
    for one in (code, linked):
        data = cyclonedx.write(ISSUE, [Vulnerability(statement=one)])
        (proposal,) = read.proposals(data)
        assert proposal.purl == "pkg:pypi/jinja2@2.10"
        assert proposal.justification == "vulnerable_code_not_in_execute_path"
        assert proposal.ids == {"CVE-2026-1", "GHSA-A-B-C"}


def test_an_entry_without_an_analysis_proposes_nothing() -> None:
    data = cyclonedx.write(ISSUE, [Vulnerability(statement=statement(), silent=True)])
    assert read.proposals(data) == ()


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "https://openvex.dev/ns/v0.2.0"},
        {"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "statements": [{}]},
        {"bomFormat": "CycloneDX"},
        {"document": {"category": "csaf_vex"}},
        [],
        "text",
    ],
)
def test_what_is_no_vex_is_refused_with_words(document: object) -> None:
    with pytest.raises(UsageError):
        read.proposals(msgspec.json.encode(document))


def test_a_status_that_is_none_is_refused() -> None:
    data = openvex.write(ISSUE, [statement()])
    assert data is not None
    with pytest.raises(UsageError, match="cannot be read"):
        read.proposals(data.replace(b"not_affected", b"all_is_well"))


def test_a_flood_is_not_read() -> None:
    with pytest.raises(UsageError, match="not read"):
        read.proposals(b" " * (read.MOST_BYTES + 1))


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 200_000, b'{"a":' * 50_000]))
def test_junk_never_crashes_the_reader(data: bytes) -> None:
    with pytest.raises(UsageError):
        read.proposals(data)


@given(
    st.dictionaries(
        st.sampled_from(["@context", "author", "statements", "bomFormat", "vulnerabilities"]),
        st.sampled_from(["https://openvex.dev/ns", "CycloneDX", [], [{}], {}, None, 1]),
    )
)
def test_half_a_document_never_crashes_the_reader(document: dict[str, Any]) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(read.proposals(msgspec.json.encode(document)), tuple)


@pytest.mark.parametrize("name", ["openvex", "cyclonedx"])
@given(data=st.data())
def test_a_document_with_something_odd_in_it_is_read_or_refused(
    name: str, data: st.DataObject
) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(read.proposals(data.draw(junk(_sound(name)))), tuple)


@pytest.mark.parametrize("name", ["openvex", "cyclonedx"])
def test_a_document_that_says_something_twice_is_refused(name: str) -> None:
    document = _sound(name)
    for path in places(document):
        if isinstance(path[-1], str):
            with pytest.raises(UsageError):
                read.proposals(doubled(document, path, b"[]"))


def _sound(name: str) -> Any:
    data = openvex.write(ISSUE, [statement()])
    if name == "cyclonedx":
        data = cyclonedx.write(ISSUE, [Vulnerability(statement=statement())])
    assert data is not None
    return msgspec.json.decode(data)
