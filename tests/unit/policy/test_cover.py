"""Which ids of a finding each need an exception of their own."""

import pytest

from pipeline.policy.judging.cover import cves_of
from tests.support.judging import exception, package, verdict, with_exceptions

CVE, WORSE = "CVE-2026-11111", "CVE-2026-22222"
GHSA, OTHER = "GHSA-aaaa-bbbb-cccc", "GHSA-xxxx-yyyy-zzzz"


@pytest.mark.parametrize(
    ("ids", "several"),
    [
        ((CVE,), ()),
        ((CVE, GHSA, "PYSEC-2026-1", "PYSEC-2026-2"), ()),
        ((CVE, WORSE, GHSA), (CVE, WORSE)),
        ((CVE, GHSA, OTHER), (GHSA, OTHER)),
        ((CVE, WORSE, GHSA, OTHER), (CVE, WORSE)),
        ((GHSA, OTHER), (GHSA, OTHER)),
    ],
)
def test_ids_of_a_database_that_gives_one_to_a_defect_tell_defects_apart(
    ids: tuple[str, ...], several: tuple[str, ...]
) -> None:
    finding = package(cve=ids[0], aliases=ids)
    assert cves_of(finding) == {name.upper() for name in several}


@pytest.mark.parametrize(
    ("excepted", "expected"), [((GHSA,), "FAIL"), ((CVE,), "FAIL"), ((GHSA, OTHER), "PASS")]
)
def test_an_exception_does_not_reach_across_two_ghsa_ids(
    excepted: tuple[str, ...], expected: str
) -> None:
    texts = (
        exception(f"EX-{n}", target=f"{{vulnerability: {name}, purl: 'pkg:pypi/jinja2@2.10'}}")
        for n, name in enumerate(excepted)
    )
    said = verdict(with_exceptions(*texts), package(cve=CVE, aliases=(CVE, GHSA, OTHER)))
    assert said.verdict == expected
