"""A finding is found by the names that people have for it, and never by half a name."""

import pytest

from pipeline.errors import UsageError
from pipeline.exceptions.find import Sought, find
from pipeline.model.severity import Severity
from tests.support.judging import code, package

ALIASES = ("CVE-2026-11111", "GHSA-aaaa-bbbb-cccc")


def test_id_prefix_advisory_and_match_key_find_it() -> None:
    one, other = package(aliases=ALIASES), code()
    for name in (one.id, one.id[:8], "ghsa-aaaa-bbbb-cccc", "cve-2026-11111"):
        found, target = find((one, other), Sought(name=name))
        assert (found, target.vulnerability) == (one, "CVE-2026-11111")
        assert target.purl == "pkg:pypi/jinja2@2.10"
    _, target = find((one, other), Sought(name=other.match_key))
    assert (target.match_key, target.vulnerability) == (other.match_key, "")


def test_the_same_package_in_two_manifests_is_one_target_and_an_image_another() -> None:
    two = package(), package(target="api/requirements.txt")
    assert find(two, Sought(name="CVE-2026-11111"))[1].artifact == ""
    image = package(stage="image", target="ghcr.io/acme/api:1.2")
    with pytest.raises(UsageError, match="2 targets are called") as raised:
        find((*two, image), Sought(name="CVE-2026-11111"))
    assert image.id[:12] in raised.value.message
    assert find((*two, image), Sought(name=image.id))[1].artifact == "ghcr.io/acme/api"


def test_a_purl_narrows_an_advisory_and_may_leave_its_version_out() -> None:
    both = package(), package("Flask", "1.0")
    for purl in ("pkg:pypi/flask", "pkg:PyPI/Flask@1.0"):
        assert find(both, Sought(name="CVE-2026-11111", purl=purl))[0] == both[1]
    with pytest.raises(UsageError, match="no finding"):
        find(both, Sought(name="CVE-2026-11111", purl="pkg:pypi/flask@2.0"))
    with pytest.raises(UsageError, match="--purl"):
        find(both, Sought(name="CVE-2026-11111", purl="flask"))


@pytest.mark.parametrize("name", ["", "abc", "CVE-2026-1", "zzzz", "*"])
def test_what_names_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no finding of the bundle"):
        find((package(), code()), Sought(name=name))


def test_of_several_cves_one_has_to_be_this_findings_own() -> None:
    joined = package(aliases=("CVE-2026-11111", "CVE-2026-22222"))
    chosen = Sought(name=joined.id, vulnerability="cve-2026-22222")
    assert find((joined,), chosen)[1].vulnerability == "CVE-2026-22222"
    assert find((joined,), Sought(name="CVE-2026-22222"))[1].vulnerability == "CVE-2026-22222"
    with pytest.raises(UsageError, match="none of this finding's"):
        find((joined,), Sought(name=joined.id, vulnerability="CVE-2026-3"))


def test_a_mistyped_advisory_is_guessed() -> None:
    with pytest.raises(UsageError) as caught:
        find([package()], Sought(name="cve-2026-11112"))
    assert "CVE-2026-11111" in caught.value.hint


def test_of_what_is_named_like_nothing_the_worst_findings_are_shown() -> None:
    many = [package(f"p{n}", severity=Severity.LOW) for n in range(6)]
    worst = package("bad", severity=Severity.CRITICAL)
    with pytest.raises(UsageError) as caught:
        find([*many, worst], Sought(name="zzzz"))
    _, first, *_, last = caught.value.hint.splitlines()
    assert first == f"{worst.id[:12]}  critical  CVE-2026-11111  pkg:pypi/bad@2.10"
    assert last == "and 2 more"
