"""Who can reach a finding: the worst of what is stated, and nothing where nobody states it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich.exposure import stating
from pipeline.enrich.run import enrich
from pipeline.model.exposure import Stated
from pipeline.model.finding import Finding, Location
from pipeline.model.knowledge import Knowledge
from tests.support.judging import package

BATCH = Stated(exposure="internal", paths=("batch/**",), images=("oci:batch*",), source="f:3")
SITE = Stated(exposure="public", paths=("batch/api/*",), source="f:8")


def stated(*entries: Stated, **fields: Any) -> Finding:
    (one,) = enrich([package(**fields)], Knowledge(kev={}, exposures=entries))
    return one


@pytest.mark.parametrize(
    ("target", "stage", "exposure"),
    [
        ("batch/requirements.txt", "pip-audit", "internal"),
        ("batch/api/requirements.txt", "pip-audit", "public"),
        ("requirements.txt", "pip-audit", None),
        ("abatch/requirements.txt", "pip-audit", None),
        ("oci:batch", "image", "internal"),
        ("oci:site", "image", None),
        ("oci:batch", "pip-audit", None),
        ("batch/image", "image", None),
    ],
)
@pytest.mark.parametrize("entries", [(BATCH, SITE), (SITE, BATCH)])
def test_the_worst_entry_counts_in_whatever_order_and_no_entry_is_no_answer(
    entries: tuple[Stated, ...], target: str, stage: str, exposure: str | None
) -> None:
    assert stated(*entries, target=target, stage=stage).exposure == exposure


def test_a_finding_in_two_files_is_internal_only_where_both_are() -> None:
    where = Location(path="src/app.py", line=1, end_line=1)
    assert stated(BATCH, target="batch/lock.txt", location=where).exposure is None
    inside = Location(path="batch/app.py", line=1, end_line=1)
    assert stated(BATCH, target="batch/lock.txt", location=inside).exposure == "internal"


def test_what_a_tool_found_reachable_stays_so() -> None:
    assert stated(BATCH, target="batch/a", exposure="public").exposure == "public"
    assert stated(target="batch/a", exposure="internal").exposure == "internal"


def test_globs_are_relative_to_the_folder_of_the_configuration() -> None:
    below = Stated(exposure="internal", paths=("services/api/*",), below="services/", source="f:1")
    assert stated(below, target="api/requirements.txt").exposure == "internal"
    assert stated(below, target="services/api/requirements.txt").exposure is None


def test_internal_makes_the_row_of_the_directive_milder_and_silence_does_not() -> None:
    assert stated(BATCH, target="batch/a").ssvc_possible == ("60_days", "next_upgrade")
    for target in ("other/a", "batch/api/a"):
        assert stated(BATCH, SITE, target=target).ssvc_possible == ("3_days", "14_days", "60_days")


def test_the_entries_that_speak_of_a_finding_can_be_named() -> None:
    found = stated(BATCH, SITE, target="batch/api/a")
    assert [one.source for one in stating(found, (BATCH, SITE))] == ["f:3", "f:8"]


ENTRIES = st.lists(
    st.builds(
        Stated,
        exposure=st.sampled_from(["public", "internal"]),
        paths=st.sampled_from([("a/**",), ("**",), ("a/b",), ("c",)]),
        source=st.just("f:1"),
    ),
    max_size=4,
)


@given(ENTRIES, st.sampled_from(["a/b", "a/c", "d"]))
def test_a_public_entry_more_never_makes_anything_internal(
    entries: list[Stated], target: str
) -> None:
    public = Stated(exposure="public", paths=("a/*",), source="f:9")
    before = stated(*entries, target=target).exposure
    after = stated(*entries, public, target=target).exposure
    assert after != "internal" or before == "internal"
    assert target == "d" or after == "public"
