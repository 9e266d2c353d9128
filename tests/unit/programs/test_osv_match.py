"""Which OSV records speak of a version."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pipeline.programs import osv_match
from pipeline.programs.osv_match import Json
from tests.support.dependencies import record


def made(*events: dict[str, str], name: str = "demo", **fields: object) -> Json:
    found: Json = json.loads(record("OSV-1", name, *events, **fields))
    return found


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("1.0", True),
        ("1.9.9", True),
        ("2.0.dev1", True),  # before the fix by PEP 440
        ("2.0rc1", True),
        ("2.0", False),
        ("2.0.0", False),
        ("2.0+local", False),
        ("2.0.post1", False),
        ("1!1.0", False),
    ],
)
def test_a_range_ends_before_its_fix(version: str, *, affected: bool) -> None:
    rec = made({"introduced": "0"}, {"fixed": "2.0"})
    assert osv_match.affects(rec, "demo", version) is affected


def test_a_range_includes_what_it_calls_the_last_affected() -> None:
    rec = made({"introduced": "1.0"}, {"last_affected": "1.4"})
    affected = [v for v in ("0.9", "1.0", "1.4", "1.4.1") if osv_match.affects(rec, "demo", v)]
    assert affected == ["1.0", "1.4"]


def test_several_intervals_may_stand_in_any_order() -> None:
    rec = made({"fixed": "3.2"}, {"introduced": "3.0"}, {"fixed": "2.5"}, {"introduced": "2.0"})
    affected = [v for v in ("1.9", "2.0", "2.5", "3.0", "3.2") if osv_match.affects(rec, "demo", v)]
    assert affected == ["2.0", "3.0"]


def test_a_listed_version_is_affected_however_it_is_spelled() -> None:
    rec: Json = {
        "id": "X",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "demo"}, "versions": ["3.2"]}],
    }
    assert osv_match.affects(rec, "demo", "3.2.0")
    assert not osv_match.affects(rec, "demo", "3.2.1")


def test_a_withdrawn_record_affects_nothing() -> None:
    rec = made({"introduced": "0"}, withdrawn="2024-01-01T00:00:00Z")
    assert not osv_match.affects(rec, "demo", "1.0")


def test_names_are_compared_in_canonical_form() -> None:
    rec = made({"introduced": "0"}, name="Zope.Interface_X")
    assert osv_match.packages(rec) == {"zope-interface-x"}
    assert osv_match.affects(rec, "zope-interface-x", "1.0")


def test_other_ecosystems_and_git_ranges_are_not_ours() -> None:
    rec: Json = {
        "id": "X",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": "demo"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            },
            {
                "package": {"ecosystem": "PyPI", "name": "demo"},
                "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}],
            },
        ],
    }
    assert not osv_match.affects(rec, "demo", "1.0")


@pytest.mark.parametrize(
    "events", [({"introduced": "long ago"},), ({"introduced": "0"}, {"fixed": "soon"})]
)
def test_an_event_that_nobody_can_compare_widens_the_range(
    events: tuple[dict[str, str], ...],
) -> None:
    assert osv_match.affects(made(*events), "demo", "5.0")


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"id": "X", "affected": None},
        {"id": "X", "affected": "demo"},
        {"id": "X", "affected": [None, 1, {}, {"package": None}]},
        {"id": "X", "aliases": None, "affected": [{"package": {"ecosystem": "PyPI"}}]},
    ],
)
def test_a_record_with_holes_affects_nothing_and_raises_nothing(junk: Json) -> None:
    assert not osv_match.affects(junk, "demo", "1.0")
    assert osv_match.fixes(junk, "demo") == frozenset()


numbers = st.integers(0, 9)
versions = st.lists(numbers, min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))


@given(versions, versions, versions)
def test_a_range_means_the_same_in_any_order(start: str, end: str, version: str) -> None:
    events: list[Json] = [{"introduced": start}, {"fixed": end}]
    want = Version(start) <= Version(version) < Version(end)
    if Version(start) < Version(end):
        assert osv_match.in_range(Version(version), events) is want
        assert osv_match.in_range(Version(version), reversed(events)) is want


def test_a_fix_is_known_to_be_missing_only_where_the_range_is_open() -> None:
    assert osv_match.fix_is_known(made({"introduced": "0"}), "demo")
    assert not osv_match.fix_is_known(made({"introduced": "0"}, {"last_affected": "2"}), "demo")
    assert not osv_match.fix_is_known({"id": "X"}, "demo")
