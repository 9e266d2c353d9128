"""Case 21: an exception that meets more than it may excepts nothing at all."""

import pytest

from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging


@pytest.mark.parametrize("found", [1, 2, 3, 51])
def test_one_finding_more_than_allowed_and_all_of_them_fail(found: int) -> None:
    policy = judging.with_exceptions(judging.exception(max_matches="2"))
    findings = [judging.package(target=f"service-{n}/req.txt") for n in range(found)]
    judged = judging.verdict(policy, *findings)
    if found <= 2:
        assert (judged.verdict, len(judged.excepted)) == (Decision.PASS, found)
        return
    (record,) = judged.exceptions
    assert (judged.verdict, record.status) == (Decision.FAIL, ExceptionStatus.OVER_MATCHED)
    assert (record.matches, len(judged.breaches), judged.excepted) == (found, found, ())


def test_without_a_number_the_policys_own_counts() -> None:
    terms = "{approvals: {default: 0}, max_matches_default: 1}"
    policy = judging.with_exceptions(judging.exception(), exceptions=terms)
    two = judging.package(), judging.package(target="other/req.txt")
    assert judging.verdict(policy, *two).verdict is Decision.FAIL
    assert judging.verdict(policy, two[0]).verdict is Decision.PASS


@pytest.mark.parametrize("number", ["0", "-1", "1001", "true", "'9'", "1.5", "99999999999999999"])
def test_a_number_that_says_nothing_is_invalid(number: str) -> None:
    policy = judging.with_exceptions(judging.exception(max_matches=number))
    (record,) = judging.verdict(policy, judging.package()).exceptions
    assert record.status is ExceptionStatus.INVALID
