"""Abuse 59: two runs, one PASS and one FAIL; somebody picks the nicer one."""

from datetime import timedelta
from itertools import permutations

import pytest

from pipeline.model.severity import Severity
from pipeline.verification.judge import judge
from pipeline.verification.model import Asked, Attachment, Refused, Verified
from tests.support.judging import NOW, package
from tests.support.verifying import ASKED, asking, attached, judged

WINDOW = timedelta(hours=24)


def run(hours: int, *, good: bool) -> list[Attachment]:
    found = () if good else (package(severity=Severity.CRITICAL),)
    moment = {"now": NOW + timedelta(hours=hours)}
    return attached(judged(*found, case=moment, bundle=f"sha256:{hours:064x}"), mark=f"{hours}-")


def asked(hours: int) -> Asked:
    return Asked(digest=ASKED.digest, now=NOW + timedelta(hours=hours))


@pytest.mark.parametrize("first", [True, False])
def test_a_fail_inside_the_window_blocks_in_whichever_order(*, first: bool) -> None:
    runs = [run(0, good=first), run(1, good=not first)]
    for order in permutations(runs):
        found = [one for each in order for one in each]
        assert isinstance(judge(asking(fail_window=WINDOW), asked(2), found), Refused)


def test_after_the_window_the_latest_counts() -> None:
    good_last = [*run(0, good=False), *run(30, good=True)]
    assert isinstance(judge(asking(fail_window=WINDOW), asked(31), good_last), Verified)
    bad_last = [*run(0, good=True), *run(30, good=False)]
    assert isinstance(judge(asking(fail_window=WINDOW), asked(60), bad_last), Refused)


def test_the_fail_cannot_be_hidden_by_its_verdict_alone() -> None:
    """Its summary blocks also where somebody removed the verdict that it rests on."""
    found = [*run(0, good=True), *run(1, good=False)]
    kept = [one for one in found if one.name != "1-verdict"]
    assert isinstance(judge(asking(fail_window=WINDOW), asked(2), kept), Refused)
