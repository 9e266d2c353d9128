"""Abuse 19: one package, written in many ways; another version, written almost alike."""

import pytest

from pipeline.enrich.run import enrich
from pipeline.model.finding import Finding, Kind
from pipeline.model.identity import new
from pipeline.model.knowledge import Knowledge
from pipeline.model.severity import Severity
from tests.support.judging import exception, verdict, with_exceptions


def found(purl: str, stage: str = "packages") -> tuple[Finding, ...]:
    one = new(
        kind=Kind.SCA, stage=stage, rule="CVE-2026-11111", aliases=("CVE-2026-11111",),
        target="requirements.txt", purl=purl, title="t", message="m", severity=Severity.HIGH,
    )  # fmt: skip
    return enrich([one], Knowledge())


def covered(excepted: str, purl: str) -> bool:
    text = f"{{vulnerability: CVE-2026-11111, purl: '{excepted}'}}"
    said = verdict(with_exceptions(exception(target=text)), *found(purl))
    assert said.verdict in {"PASS", "FAIL"}
    return said.verdict == "PASS"


@pytest.mark.parametrize(
    ("excepted", "purl"),
    [
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/Jinja2@2.10"),
        ("pkg:pypi/JINJA2@2.10", "pkg:PyPI/jinja2@2.10"),
        ("pkg:pypi/a-b@1", "pkg:pypi/A_B@1"),
        ("pkg:pypi/a-b@1", "pkg:pypi/a.b@1"),
        ("pkg:pypi/a--_.b@1", "pkg:pypi/a-b@1"),
        ("pkg:pypi/a-b@1", "pkg:pypi/a%2Db@1"),
        ("pkg:pypi/a-b@1", "pkg:pypi/a%5Fb@1"),
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2@2.10?file_name=x.whl#sub"),
        ("pkg:deb/debian/zlib1g@1.2.13?arch=amd64", "pkg:deb/debian/zlib1g@1.2.13?arch=amd64&x=y"),
        ("pkg:npm/%40scope/n@1", "pkg:npm/@scope/n@1"),
    ],
)
def test_one_package_in_another_spelling_is_covered(excepted: str, purl: str) -> None:
    assert covered(excepted, purl)


@pytest.mark.parametrize(
    ("excepted", "purl"),
    [
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2@2.11"),
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2@2.1"),
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2@2.10.0"),
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2@2.10%2Blocal"),
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2"),
        ("pkg:pypi/jinja2@2.10", "pkg:pypi/jinja2-evil@2.10"),
        ("pkg:pypi/jinja2@2.10", "pkg:npm/jinja2@2.10"),
        ("pkg:pypi/a-b@1", "pkg:pypi/ab@1"),
        ("pkg:deb/debian/zlib1g@1.2.13?epoch=1", "pkg:deb/debian/zlib1g@1.2.13"),
        ("pkg:deb/debian/zlib1g@1.2.13?epoch=1", "pkg:deb/debian/zlib1g@1.2.13?epoch=2"),
        ("pkg:deb/debian/zlib1g@1.2.13?arch=amd64", "pkg:deb/debian/zlib1g@1.2.13?arch=arm64"),
        ("pkg:deb/debian/zlib1g@1.2.13", "pkg:deb/ubuntu/zlib1g@1.2.13"),
    ],
)
def test_another_package_or_version_is_not(excepted: str, purl: str) -> None:
    assert not covered(excepted, purl)


def test_two_tools_that_spell_it_differently_make_one_finding() -> None:
    both = (*found("pkg:pypi/A_B@1", "pip-audit"), *found("pkg:pypi/a%2Eb@1"))
    (one,) = enrich(both, Knowledge())
    assert (one.purl, one.sources) == ("pkg:pypi/a-b@1", ("pip-audit", "packages"))


def test_a_package_url_that_is_none_is_a_finding_that_no_exception_reaches() -> None:
    for junk in ("jinja2@2.10", "pkg:", "pkg:pypi/", "pkg:pypi/%@2.10", "\x1b[31m"):
        said = verdict(with_exceptions(exception()), *found(junk))
        assert (said.verdict, len(said.breaches)) == ("FAIL", 1)
