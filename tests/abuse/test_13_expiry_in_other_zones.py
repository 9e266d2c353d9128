"""Case 13: an exception ends at 00:00:00 UTC of its day, wherever the runner stands."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import judging
from tests.support.command import penstock
from tests.support.excepted import GATE, SAID, Workshop

UNSIGNED = GATE.replace("{default: 1, P0: 2}", "{default: 0}")


@pytest.mark.tools
@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT-14", "Etc/GMT+12", "Pacific/Kiritimati"])
def test_the_last_second_counts_and_the_first_of_the_day_does_not(
    zone: str, tmp_path: Path
) -> None:
    shop = Workshop(tmp_path, gate=UNSIGNED, people=())
    shop.bundle(judging.package())
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    made = shop.exception("new", "CVE-2026-11111", *SAID, "--expires", day.isoformat())
    assert made.code == 0, made.err
    shop.bundle(judging.package())
    last = f"{day - timedelta(days=1)}T23:59:59Z"
    for instant, code in ((last, 0), (f"{day}T00:00:00Z", 1)):
        done = penstock("gate", shop.path / ".penstock", "--as-of", instant, extra={"TZ": zone})
        assert done.code == code, done.out


@pytest.mark.parametrize("hours", [-12, -1, 0, 1, 14])
def test_an_instant_of_any_zone_is_taken_for_what_it_is_in_utc(hours: int) -> None:
    from datetime import timezone

    zone = timezone(timedelta(hours=hours))
    policy = judging.with_exceptions(judging.exception(expires="2026-12-10"))
    end = datetime(2026, 12, 10, tzinfo=UTC)
    for instant, excepted in ((end - timedelta(seconds=1), 1), (end, 0)):
        judged = judging.verdict(policy, judging.package(), now=instant.astimezone(zone))
        assert len(judged.excepted) == excepted
