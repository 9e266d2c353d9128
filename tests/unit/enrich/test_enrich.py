"""What enrichment may and may not do to findings."""

import random
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich import ENRICHERS
from pipeline.enrich.merge import fixes
from pipeline.enrich.purls import spelled
from pipeline.enrich.run import enrich as enrich_with
from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, SeverityClaim
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import RANK, Confidence, Severity

CVES = [f"CVE-2020-{number}" for number in range(4)]
OTHERS = ["GHSA-aaaa", "GHSA-bbbb", "PYSEC-2020-1", "PYSEC-2020-2", "MAL-2024-1"]


def enrich(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return enrich_with(findings, Knowledge())


def advisory(
    rule: str,
    *aliases: str,
    stage: str = "pip-audit",
    target: str = "requirements.txt",
    purl: str = "pkg:pypi/jinja2@2.10",
    severity: Severity = Severity.UNKNOWN,
    **fields: Any,
) -> Finding:
    return identity.new(
        kind=Kind.SCA,
        stage=stage,
        rule=rule,
        aliases=tuple(sorted({rule, *aliases})),
        target=target,
        purl=purl,
        title=f"{stage} says",
        message="",
        severity=severity,
        **fields,
    )


def code(path: str, text: str, severity: Severity = Severity.LOW) -> Finding:
    return identity.new(
        kind=Kind.SAST,
        stage="semgrep",
        rule="penstock.eval",
        target=path,
        fingerprint=text,
        title="eval",
        message="",
        severity=severity,
    )


severities = st.sampled_from(list(Severity))
claims = st.builds(SeverityClaim, source=st.sampled_from(["ghsa", "nvd"]), value=severities)
advisories = st.builds(
    lambda ids, stage, target, purl, severity, said, fixed, kev: advisory(
        ids[0],
        *ids[1:],
        stage=stage,
        target=target,
        purl=purl,
        severity=severity,
        severities=tuple(said),
        fix_versions=fixed,
        kev=kev,
    ),
    st.lists(st.sampled_from(CVES + OTHERS), min_size=1, max_size=3),
    st.sampled_from(["pip-audit", "packages", "image"]),
    st.sampled_from(["requirements.txt", "uv.lock", "oci:image"]),
    st.sampled_from(["pkg:pypi/jinja2@2.10", "pkg:pypi/Jinja2@2.10?x=y", "pkg:pypi/six@1.0"]),
    severities,
    st.lists(claims, max_size=2),
    st.none() | st.lists(st.sampled_from(["1.0", "2.0"]), max_size=2).map(tuple),
    st.sampled_from([None, True, False]),
)
codes = st.builds(code, st.sampled_from(["a.py", "b.py"]), st.sampled_from("xyz"), severities)
anything = st.lists(advisories | codes, max_size=12)


def covered(findings: tuple[Finding, ...] | list[Finding]) -> set[tuple[str, str, str]]:
    """Every (target, package or place, id) of which somebody says something."""
    return {
        (one.target, spelled(one.purl) if one.purl else one.id, name)
        for one in findings
        for name in (one.rule, *one.aliases)
    }


@given(anything)
def test_no_target_package_and_id_is_ever_lost(findings: list[Finding]) -> None:
    assert covered(findings) <= covered(enrich(findings))


@given(anything, st.integers())
def test_the_order_of_findings_never_matters(findings: list[Finding], seed: int) -> None:
    mixed = list(findings)
    random.Random(seed).shuffle(mixed)
    assert enrich(mixed) == enrich(findings)


@given(anything)
def test_enriching_twice_is_enriching_once(findings: list[Finding]) -> None:
    once = enrich(findings)
    assert enrich(once) == once


@given(anything)
def test_no_severity_is_lower_than_any_source(findings: list[Finding]) -> None:
    worst: dict[tuple[str, str, str], int] = {}
    for one in findings:
        rank = max(RANK[word] for word in (one.severity, *(c.value for c in one.severities)))
        for key in covered([one]):
            worst[key] = max(worst.get(key, 0), rank)
    for one in enrich(findings):
        assert RANK[one.severity] >= max((worst.get(key, 0) for key in covered([one])), default=0)


@given(anything)
def test_every_source_and_every_claim_is_kept(findings: list[Finding]) -> None:
    done = enrich(findings)
    assert {s for one in findings for s in one.sources} == {s for one in done for s in one.sources}
    assert {c for one in findings for c in one.severities} <= {
        c for o in done for c in o.severities
    }


@given(anything)
def test_findings_are_sorted_and_their_ids_are_unique(findings: list[Finding]) -> None:
    ids = [one.id for one in enrich(findings)]
    assert ids == sorted(set(ids))


@given(anything)
def test_one_group_is_one_advisory_of_one_package(findings: list[Finding]) -> None:
    groups: dict[str, set[tuple[str, str | None]]] = {}
    for one in enrich(findings):
        if one.aliases:
            groups.setdefault(one.group, set()).add((one.rule, one.purl))
    assert all(len(meant) == 1 for meant in groups.values())


@pytest.mark.parametrize("step", ENRICHERS)
def test_an_enricher_makes_nothing_of_nothing(step: object) -> None:
    assert callable(step)
    assert step((), Knowledge()) == ()


def test_two_tools_on_one_manifest_are_one_finding_with_the_specialist_first() -> None:
    trivy = advisory(
        "CVE-2019-10906", stage="packages", severity=Severity.CRITICAL, fix_versions=("2.10.1",)
    )
    audit = advisory(
        "PYSEC-2019-217",
        "GHSA-462w",
        "CVE-2019-10906",
        confidence=Confidence.HIGH,
        cwes=("CWE-693",),
        advisory_published="2019-04-07",
    )
    (one,) = enrich([trivy, audit])
    assert one.sources == ("pip-audit", "packages")
    assert one.stage == "pip-audit"
    assert one.rule == "CVE-2019-10906"
    assert one.aliases == ("CVE-2019-10906", "GHSA-462w", "PYSEC-2019-217")
    assert one.severity is Severity.CRITICAL
    assert one.fix_versions == ("2.10.1",)
    assert one.cwes == ("CWE-693",)
    assert one.title == "pip-audit says"


def test_the_same_advisory_in_image_and_manifest_is_two_findings_of_one_group() -> None:
    found = enrich(
        [advisory("CVE-1", "GHSA-1"), advisory("GHSA-1", stage="image", target="oci:image")]
    )
    assert len(found) == 2
    assert len({one.group for one in found}) == 1
    assert {one.rule for one in found} == {"CVE-1"}


def test_the_same_advisory_in_two_packages_is_two_groups() -> None:
    found = enrich([advisory("CVE-1"), advisory("CVE-1", purl="pkg:pypi/six@1.0")])
    assert len({one.group for one in found}) == 2


def test_alias_chains_meet_whatever_the_order() -> None:
    chain = [
        advisory("GHSA-0", "X-3", stage="a"),
        advisory("GHSA-1", "X-2", stage="b"),
        advisory("X-2", "X-3", stage="c"),
    ]
    for first in range(3):
        (one,) = enrich(chain[first:] + chain[:first])
        assert one.aliases == ("GHSA-0", "GHSA-1", "X-2", "X-3")


def test_a_malicious_package_is_critical_whatever_else_is_said() -> None:
    (one,) = enrich([advisory("MAL-2024-1", severity=Severity.LOW)])
    assert one.severity is Severity.CRITICAL
    assert [claim.source for claim in one.severities] == ["malicious-package"]


def test_what_nobody_rates_stays_unknown() -> None:
    (one,) = enrich([advisory("CVE-1")])
    assert one.severity is Severity.UNKNOWN


def test_what_a_policy_assumed_is_not_a_source() -> None:
    assumed = msgspec.structs.replace(
        advisory("CVE-1"), severity=Severity.HIGH, severity_assumed=True
    )
    (alone,) = enrich([assumed])
    assert (alone.severity, alone.severity_assumed) == (Severity.UNKNOWN, False)
    rated = advisory("CVE-1", stage="packages", severity=Severity.LOW)
    (merged,) = enrich([assumed, rated])
    assert (merged.severity, merged.severity_assumed) == (Severity.LOW, False)


def test_code_keeps_its_identity_and_its_severity() -> None:
    found = code("a.py", "eval(x)", Severity.MEDIUM)
    assert enrich([found]) == (found,)


def test_a_finding_is_silenced_only_where_every_tool_found_it_silenced() -> None:
    silent = msgspec.structs.replace(advisory("CVE-1"), suppressed_inline=True)
    loud = advisory("CVE-1", stage="packages")
    (one,) = enrich([silent, loud])
    assert not one.suppressed_inline


@pytest.mark.parametrize(
    ("said", "joined"),
    [
        ([None, None], None),
        ([None, ()], ()),
        ([(), ("2.0",)], ("2.0",)),
        ([("2.10", "2.9"), ("1!0",)], ("2.9", "2.10", "1!0")),
        ([("not pep 440", "1.0")], ("1.0", "not pep 440")),
    ],
)
def test_fixes_are_joined_and_sorted(
    said: list[tuple[str, ...] | None], joined: tuple[str, ...] | None
) -> None:
    assert fixes(said) == joined


@pytest.mark.parametrize(
    ("purl", "canonical"),
    [
        ("pkg:pypi/Zope.Interface@5.0?file=x", "pkg:pypi/zope-interface@5.0"),
        (
            "pkg:deb/debian/zlib@1.2?distro=debian-12&arch=amd64&x=y",
            "pkg:deb/debian/zlib@1.2?arch=amd64&distro=debian-12",
        ),
        ("no purl at all", "no purl at all"),
    ],
)
def test_purls_have_one_spelling(purl: str, canonical: str) -> None:
    assert spelled(purl) == canonical
