"""Case 15: a date that is none is no end, and never "for ever".

One bad exception file stops nothing: it is listed as invalid, and the finding fails.
"""

from itertools import product

import pytest

from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging

NO_DATES = (
    "2026-13-45", "2026-02-29", "2027-02-29", "31/12/2026", "2026-12-10T00:00:00+14:00",
    "2026-12-10 00:00:00", "null", "~", '""', "'2026-12-10'", "20261210", "2026-12", "never",
    "true", "1e9", "-1", "0", "[2026-12-10]", "{day: 2026-12-10}", "2026-12-10Z", "2026-W50-4",
    "!!timestamp 2026-12-10", "２０２６-12-10",
)  # fmt: skip

MAY_BE_NONE = {("not_before", "null"), ("not_before", "~")}
"""An exception may have no day on which it begins to apply."""


@pytest.mark.parametrize(
    ("field", "written"),
    sorted({*product(("expires", "created", "not_before"), NO_DATES)} - MAY_BE_NONE),
)
def test_it_is_invalid_and_the_finding_fails(field: str, written: str) -> None:
    policy = judging.with_exceptions(judging.exception(**{field: written}))
    judged = judging.verdict(policy, judging.package())
    (record,) = judged.exceptions
    assert (judged.verdict, record.status) == (Decision.FAIL, ExceptionStatus.INVALID)
    assert "policies/exceptions/EX-1.yaml" in record.reason
    assert not judged.excepted


@pytest.mark.parametrize("field", ["expires", "created"])
def test_without_a_date_it_is_invalid_too(field: str) -> None:
    policy = judging.with_exceptions(judging.exception("EX-1", **{field: None}))
    (record,) = judging.verdict(policy, judging.package()).exceptions
    assert record.status is ExceptionStatus.INVALID


def test_a_leap_day_that_there_is_may_be_named() -> None:
    from datetime import UTC, datetime

    policy = judging.with_exceptions(judging.exception(created="2028-02-20", expires="2028-02-29"))
    day = datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC)
    assert judging.verdict(policy, judging.package(), now=day).excepted
