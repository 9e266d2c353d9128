import pytest

from pipeline.policy.break_glass import BreakGlass
from tests.support.judging import policy

NAME = "break-glass/BG-1.yaml"


def read(created: str, expires: str) -> BreakGlass | str:
    """Return the record, or why it is none."""
    text = f"""apiVersion: penstock/v1
kind: BreakGlass
id: BG-1
commit: {"a" * 40}
reason: The shop is down, and what is flagged is not in the way of the repair.
requester: erin@example.com
created: "{created}"
expires: "{expires}"
"""
    loaded = policy({NAME: text.encode()})
    return loaded.break_glass[0] if loaded.break_glass else loaded.bad_break_glass[0].reason


def test_a_record_lasts_a_day_at_the_most() -> None:
    assert isinstance(read("2026-11-25T10:00:00Z", "2026-11-26T10:00:00Z"), BreakGlass)
    assert "24 hours" in str(read("2026-11-25T10:00:00Z", "2026-11-26T10:00:01Z"))


@pytest.mark.parametrize(
    ("created", "expires"),
    [
        ("2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z"),
        ("2026-11-25T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("2026-02-30T10:00:00Z", "2026-03-01T10:00:00Z"),
    ],
)
def test_a_record_that_ends_at_no_such_time_is_listed_as_unusable(
    created: str, expires: str
) -> None:
    assert isinstance(read(created, expires), str)


def test_a_record_of_the_last_day_of_all_stops_nothing() -> None:
    assert isinstance(read("9999-12-31T12:00:00Z", "9999-12-31T23:00:00Z"), BreakGlass)
