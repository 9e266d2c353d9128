"""What each format proves, and that none of them takes anything else for itself."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.imports import FORMATS
from pipeline.imports.base import NotReadError
from pipeline.imports.packages import purl_of
from pipeline.model.finding import Kind
from pipeline.model.imported import Lack
from tests.support.importing import read, reasons, result, sarif

PURL: Final = "pkg:pypi/jinja2@2.10"
TRIVY: Final[dict[str, Any]] = {
    "SchemaVersion": 2,
    "Trivy": {"Version": "0.74.0"},
    "CreatedAt": "2026-11-25T08:00:00.123456789Z",
    "ArtifactName": "shop",
    "ArtifactType": "container_image",
    "Metadata": {"OS": {"Family": "debian", "Name": "12.0"}},
    "Results": [
        {
            "Target": "shop (debian 12.0)",
            "Class": "os-pkgs",
            "Packages": [{"Name": "zlib1g", "Version": "1"}],
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2023-45853",
                    "PkgName": "zlib1g",
                    "InstalledVersion": "1",
                    "Severity": "CRITICAL",
                }
            ],
        }
    ],
}
PIP_AUDIT: Final[dict[str, Any]] = {
    "dependencies": [
        {
            "name": "jinja2",
            "version": "2.10",
            "vulns": [
                {
                    "id": "PYSEC-2019-217",
                    "fix_versions": ["2.10.1"],
                    "aliases": ["CVE-2019-10906"],
                    "description": "A sandbox escape.",
                }
            ],
        },
        {"name": "six", "version": "1.16.0", "vulns": []},
    ],
    "fixes": [],
}
OSV: Final[dict[str, Any]] = {
    "results": [
        {
            "source": {"path": "requirements.txt", "type": "lockfile"},
            "packages": [
                {
                    "package": {"name": "jinja2", "version": "2.10", "ecosystem": "PyPI"},
                    "vulnerabilities": [
                        {
                            "id": "GHSA-462w-v97r-4m45",
                            "modified": "2026-01-01T00:00:00Z",
                            "aliases": ["CVE-2019-10906"],
                            "summary": "Sandbox escape",
                            "database_specific": {"severity": "HIGH"},
                            "affected": [
                                {
                                    "package": {"name": "jinja2", "ecosystem": "PyPI"},
                                    "ranges": [
                                        {
                                            "type": "ECOSYSTEM",
                                            "events": [{"introduced": "0"}, {"fixed": "2.10.1"}],
                                        }
                                    ],
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    ]
}
VDR: Final[dict[str, Any]] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "timestamp": "2026-11-25T08:00:00Z",
        "component": {"type": "application", "name": "shop", "version": "1"},
        "tools": {"components": [{"type": "application", "name": "Look", "version": "3"}]},
    },
    "components": [{"type": "library", "name": "jinja2", "purl": PURL, "bom-ref": "one"}],
    "vulnerabilities": [
        {
            "id": "CVE-2019-10906",
            "ratings": [{"severity": "high"}],
            "affects": [{"ref": "one"}],
            "cwes": [693],
        }
    ],
}
SARIF: Final[dict[str, Any]] = json.loads(sarif({"results": [result()]}))
EACH: Final = {"sarif": SARIF, "cyclonedx": VDR, "trivy": TRIVY, "pip-audit": PIP_AUDIT, "osv": OSV}


def without(document: dict[str, Any], *path: str | int) -> bytes:
    """Write a document without one of its members."""
    copy = json.loads(json.dumps(document))
    place = copy
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return json.dumps(copy).encode()


def of(document: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({**document, **more}).encode()


def test_every_format_has_its_sample() -> None:
    assert EACH.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", EACH)
def test_every_format_is_known_by_what_is_in_it_and_loses_nothing(name: str) -> None:
    word, found = read(of(EACH[name]), stage="image", kind=Kind.SCA)
    assert len(found) == 1
    assert word.tool
    assert word.listed
    assert not word.gaps
    (again,) = read(of(dict(reversed(EACH[name].items()))), stage="image", kind=Kind.SCA)[1]
    assert again == found[0]


@pytest.mark.parametrize("name", ["cyclonedx", "trivy", "pip-audit", "osv"])
def test_packages_are_named_so_that_other_tools_findings_meet_them(name: str) -> None:
    (found,) = read(of(EACH[name]), stage="image", kind=Kind.SCA)[1]
    assert found.purl is not None
    assert "CVE-2019-10906" in found.aliases or name == "trivy"
    assert found.purl == PURL or name == "trivy"


def test_nobody_says_how_bad_what_pip_audit_lists_is() -> None:
    (found,) = read(of(PIP_AUDIT))[1]
    assert (found.severity, found.fix_versions) == ("unknown", ("2.10.1",))


def test_what_pip_audit_skips_is_a_gap() -> None:
    skipped = {"dependencies": [{"name": "shop", "skip_reason": "not on the index"}], "fixes": []}
    assert reasons(read(of(skipped))[0]) == ["unsupported"]
    assert reasons(read(b'{"dependencies": [], "fixes": []}')[0]) == ["no_packages"]


def test_fixes_and_severity_of_osv_are_read() -> None:
    (found,) = read(of(OSV))[1]
    assert (found.severity, found.fix_versions) == ("high", ("2.10.1",))
    assert found.target == "requirements.txt"


def test_osv_scanner_that_lists_nothing_answers_nothing() -> None:
    assert not read(b'{"results": []}')[0].listed
    assert not read(b'{"results": null}')[0].listed


def test_an_advisory_is_no_report() -> None:
    record = OSV["results"][0]["packages"][0]["vulnerabilities"][0]
    with pytest.raises(NotReadError, match="an advisory of OSV"):
        read(of(record))


def test_a_bill_of_materials_without_vulnerabilities_answers_nothing() -> None:
    word, found = read(without(VDR, "vulnerabilities"))
    assert reasons(word) == ["tool_output"]
    assert not word.listed
    assert not found
    empty, _ = read(of(VDR, vulnerabilities=[]))
    assert "shop@1" in empty.listed
    assert reasons(read(of(VDR, vulnerabilities=[], components=[]))[0]) == ["no_packages"]


def test_of_several_tools_nobody_says_which_one_looked() -> None:
    tools = [{"name": "a", "version": "1"}, {"name": "b", "version": "2"}]
    metadata = {**VDR["metadata"], "tools": tools}
    assert read(of(VDR, metadata=metadata))[0].tool == ""


@pytest.mark.parametrize(("state", "silenced"), [("not_affected", True), ("exploitable", False)])
def test_what_a_vdr_calls_not_affected_stays(state: str, silenced: bool) -> None:  # noqa: FBT001 -- a parameter
    told = [{**VDR["vulnerabilities"][0], "analysis": {"state": state}}]
    (found,) = read(of(VDR, vulnerabilities=told))[1]
    assert found.suppressed_inline is silenced


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (without(TRIVY, "Metadata"), "unsupported"),
        (of(TRIVY, Metadata={"OS": {"Family": "none", "Name": ""}}), "unsupported"),
        (of(TRIVY, Metadata={"OS": {"Family": "debian", "EOSL": True}}), "unsupported"),
        (without(TRIVY, "Results", 0, "Packages"), "no_packages"),
        (without(TRIVY, "Results"), "no_packages"),
        (
            of(
                TRIVY,
                Results=[
                    {
                        **TRIVY["Results"][0],
                        "Packages": [{"Name": "x", "Repository": {"Class": "third-party"}}],
                    }
                ],
            ),
            "third_party",
        ),
    ],
)
def test_an_image_that_trivy_did_not_look_into_is_a_gap(data: bytes, reason: str) -> None:
    word, _ = read(data, stage="image", kind=Kind.SCA)
    assert reasons(word) == [reason]
    assert "shop" not in word.listed


def test_trivy_does_not_say_that_it_looked_where_it_found_nothing() -> None:
    data = without(TRIVY, "Results", 0, "Vulnerabilities")
    assert read(data, stage="image", kind=Kind.SCA)[0].lacks == {Lack.UNSAID_CHECKS}
    assert read(of(TRIVY), kind=Kind.SECRET)[0].lacks == {Lack.UNSAID_CHECKS}


def test_what_trivy_was_told_to_ignore_stays_and_says_so() -> None:
    (hidden,) = TRIVY["Results"][0]["Vulnerabilities"]
    ignored = [{"Type": "vulnerability", "Status": "ignored", "Finding": hidden}]
    told = {**TRIVY["Results"][0], "Vulnerabilities": [], "ExperimentalModifiedFindings": ignored}
    (found,) = read(of(TRIVY, Results=[told]))[1]
    assert found.suppressed_inline


def test_a_secret_of_trivy_is_not_quoted() -> None:
    secret = {
        "RuleID": "key",
        "Severity": "HIGH",
        "Title": "A key",
        "StartLine": 1,
        "EndLine": 1,
        "Match": "AKIA0000",
    }
    told = [{"Target": "a.py", "Class": "secret", "Secrets": [secret]}]
    (found,) = read(of(TRIVY, ArtifactType="filesystem", Results=told), kind=Kind.SECRET)[1]
    assert found.kind is Kind.SECRET
    assert "AKIA" not in repr(found)


@pytest.mark.parametrize("name", EACH)
@given(data=st.data())
def test_a_report_that_was_cut_anywhere_is_refused(name: str, data: st.DataObject) -> None:
    whole = of(EACH[name])
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(NotReadError):
        read(whole[:cut])


HOSTILE: Final = st.sampled_from(
    [b"NaN", b"Infinity", b"1e999", b"-1", b"9" * 400, b'"\\ud800"', b'"\xff"', b"\x00", b"null"]
) | st.binary(max_size=4)


@pytest.mark.parametrize("name", EACH)
@given(data=st.data())
def test_junk_in_a_report_is_refused_or_read_and_nothing_else(
    name: str, data: st.DataObject
) -> None:
    whole = of(EACH[name])
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 12)))
    try:
        word, found = read(whole[:start] + data.draw(HOSTILE) + whole[end:])
    except NotReadError:
        return
    assert word is not None
    for one in found:
        assert len(one.message) <= 4000
        json.dumps(one.id + one.message + one.target).encode()


def _values(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[str | int, ...]] = []
    for name, one in inner:
        found.append((*path, name))
        found += _values(one, (*path, name)) if isinstance(one, dict | list) else []
    return found


@pytest.mark.parametrize("name", EACH)
@given(data=st.data())
def test_a_member_of_another_type_is_refused_or_read(name: str, data: st.DataObject) -> None:
    copy = json.loads(json.dumps(EACH[name]))
    path = data.draw(st.sampled_from(_values(copy)))
    place = copy
    for step in path[:-1]:
        place = place[step]
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [None, True, -1, 10**30, 1e308, "", "x" * 9000, "\ud800", [], {}, [[]]]
    )
    place[path[-1]] = data.draw(odd)
    try:
        read(json.dumps(copy).encode())
    except NotReadError:
        return


@pytest.mark.parametrize("name", EACH)
def test_a_member_that_is_given_twice_is_refused_wherever_it_is(name: str) -> None:
    whole = of(EACH[name])
    for path in _values(EACH[name]):
        if isinstance(path[-1], str):
            key = json.dumps(path[-1]).encode() + b": "
            with pytest.raises(NotReadError):
                read(whole.replace(key, key + b"1, " + key, 1))


@pytest.mark.parametrize("name", ["cyclonedx", "pip-audit", "osv"])
def test_no_report_about_packages_says_of_what_day_its_advisories_are(name: str) -> None:
    assert Lack.UNDATED_FEED in read(of(EACH[name]))[0].lacks


@pytest.mark.parametrize(
    "other",
    [{"specVersion": "1.3"}, {"specVersion": "2.0"}, {"specVersion": ""}, {"bomFormat": "SPDX"}],
    ids=str,
)
def test_another_version_of_cyclonedx_may_mean_something_else(other: dict[str, str]) -> None:
    with pytest.raises(NotReadError, match="no CycloneDX of a version among"):
        read(json.dumps({**VDR, **other}).encode(), kind=Kind.SCA)


@pytest.mark.parametrize(
    ("ecosystem", "name", "purl"),
    [
        ("PyPI", "jinja2", "pkg:pypi/jinja2@1"),
        ("npm", "@scope/name", "pkg:npm/%40scope/name@1"),
        ("npm", "name", "pkg:npm/name@1"),
        ("Maven", "org.example:name", "pkg:maven/org.example/name@1"),
        ("Go", "example.com/a/b", "pkg:golang/example.com/a/b@1"),
        ("Packagist", "vendor/name", "pkg:composer/vendor/name@1"),
        ("crates.io", "name", "pkg:cargo/name@1"),
        ("RubyGems", "name", "pkg:gem/name@1"),
        ("NuGet", "name", "pkg:nuget/name@1"),
        ("Hex", "name", "pkg:hex/name@1"),
        ("Pub", "name", "pkg:pub/name@1"),
        ("Debian:12", "name", "pkg:generic/name@1"),
        ("", "", "pkg:generic/unnamed"),
    ],
)
def test_a_package_is_named_as_its_ecosystem_does(ecosystem: str, name: str, purl: str) -> None:
    assert purl_of(ecosystem, name, "1") == purl


@pytest.mark.parametrize(
    "entry",
    [
        {"version": "1"},
        {"vulns": []},
        {"version": "", "vulns": []},
        {"version": "1", "vulns": [], "skip_reason": "not on the index"},
        {},
    ],
    ids=str,
)
def test_a_dependency_of_which_pip_audit_says_half_is_not_answered(entry: dict[str, Any]) -> None:
    report = {"dependencies": [{"name": "x", **entry}], "fixes": []}
    word, found = read(json.dumps(report).encode(), stage="pip-audit", kind=Kind.SCA)
    assert (found, word.listed) == ([], frozenset())
    assert reasons(word) == ["unsupported"]
