"""Which ids of a finding each need an exception of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.finding import Finding
from pipeline.policy.judging.cover import Index, covers, cves_of
from tests.support.judging import code, exception, package, verdict, with_exceptions

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


IMAGE = "oci:build/api@sha256:" + "1" * 64
ENVIRONMENTS = st.sampled_from(["[pr]", "[pr, main]", "[main]"])
found = st.one_of(
    st.builds(
        package,
        st.sampled_from(["jinja2", "Jinja2", "x"]),
        st.sampled_from(["2.10", "2.11"]),
        cve=st.sampled_from([CVE, WORSE, GHSA]),
        aliases=st.sampled_from([(), (CVE, GHSA), (CVE, WORSE)]),
        target=st.sampled_from(["requirements.txt", "lib/requirements.txt", IMAGE]),
        stage=st.sampled_from(["pip-audit", "image"]),
    ),
    st.builds(code, target=st.sampled_from(["app/db.py", "lib/db.py"])),
)
targets = st.one_of(
    st.builds(
        "{{vulnerability: {}, purl: 'pkg:pypi/jinja2@2.10', environments: {}{}}}".format,
        st.sampled_from([CVE, WORSE, GHSA]),
        ENVIRONMENTS,
        st.sampled_from(["", f", artifact: '{'sha256:' + '1' * 64}'", ", paths: ['lib/**']"]),
    ),
    st.builds(
        "{{match_key: '{}', environments: {}}}".format,
        found.map(lambda one: one.match_key),
        ENVIRONMENTS,
    ),
)


@given(
    st.lists(targets, max_size=6),
    st.lists(found, min_size=1, max_size=6),
    st.sampled_from(["pr", "main"]),
)
def test_the_index_gives_the_exceptions_that_cover_and_no_others(
    written: list[str], findings: list[Finding], environment: str
) -> None:
    texts = (exception(f"EX-{n}", target=target) for n, target in enumerate(written))
    policy = with_exceptions(*texts)
    assert not policy.bad_exceptions
    index = Index(policy.exceptions, environment)
    for finding in findings:
        asked = [one.id for one in policy.exceptions if covers(one, finding, environment)]
        assert sorted(one.id for one in index.covering(finding)) == sorted(asked)
