"""Whatever stands where a feed should be: it is one, or it is refused with a reason."""

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.feeds import epss, kev, noted, vulnrichment
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from tests.support.enriching import ORDER, ROW, assessments, catalogue, table

WHOLE = {
    "kev": catalogue("CVE-2026-1111", "CVE-2026-2222"),
    "epss": table({"CVE-2026-1111": 0.5, "CVE-2026-2222": "9e-05"}),
    "vulnrichment": assessments(ROW, "CVE-2026-2222,none,no,total,2026-11-20"),
}
MODULES = {"kev": kev, "epss": epss, "vulnrichment": vulnrichment}


def tried(name: str, data: bytes) -> Feed | None:
    """Open data as a feed; None where it is refused as broken. Nothing else may happen."""
    module = MODULES[name]
    with tempfile.TemporaryDirectory() as folder:
        try:
            noted.put(module.KIND, Path(folder), data, ORDER)
            feed: Feed = module.open(Path(folder))
            if module is kev:
                assert len(kev.told(feed, [])) == feed.records
            elif module is vulnrichment:
                vulnrichment.told(feed, ["CVE-2026-1111"])
            else:
                assert all(0 <= one <= 1 for one in epss.told(feed, ["CVE-2026-1111"]).values())
        except ToolError as error:
            if error.reason is not GapReason.FEED_BROKEN:
                raise
            return None
        return feed


@pytest.mark.parametrize("name", MODULES)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(name: str, data: bytes) -> None:
    assert tried(name, data) is None


@given(data=st.binary(max_size=200))
def test_junk_inside_a_whole_packing_is_refused(data: bytes) -> None:
    assert tried("epss", gzip.compress(data)) is None


@pytest.mark.parametrize("name", MODULES)
@given(data=st.data())
def test_a_feed_that_was_cut_or_altered_anywhere_is_refused_or_still_in_range(
    name: str, data: st.DataObject
) -> None:
    whole = WHOLE[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    assert tried(name, whole[:at]) is None
    altered = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :]
    tried(name, altered)


@given(
    rows=st.lists(
        st.text(st.sampled_from("CVE-2026,.1e\nnaif_ \r٣"), max_size=24), min_size=1, max_size=4
    )
)
def test_a_row_is_a_cve_with_two_numbers_or_there_is_no_table(rows: list[str]) -> None:
    feed = tried("epss", table({"CVE-2026-1111": 0.5}, rows=[f"{row}\n" for row in rows]))
    if feed is not None:
        lines = [line for row in rows for line in row.replace("\r", "").split("\n")]
        assert all(line.startswith("CVE-") and line.count(",") == 2 for line in lines)
        assert feed.records == len(lines) + 1
