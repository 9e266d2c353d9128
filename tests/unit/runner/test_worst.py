"""The worst of many are the worst of all, in whatever order they came."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.severity import Severity
from pipeline.report.summary import rank, worst_first
from pipeline.runner.worst import Worst
from tests.support.records import sast


@given(
    st.lists(st.tuples(st.sampled_from(Severity), st.integers(0, 99)), max_size=60, unique=True),
    st.integers(1, 12),
)
def test_what_is_kept_is_what_sorting_all_would_put_first(
    some: list[tuple[Severity, int]], most: int
) -> None:
    found = [sast(number, severity=severity) for severity, number in some]
    kept = Worst(most=most)
    for one in found:
        kept.take(one)
    assert list(map(rank, kept.findings())) == list(map(rank, worst_first(found)[:most]))


def test_all_of_few_are_kept() -> None:
    kept = Worst(most=10)
    found = [sast(number) for number in (3, 1, 2)]
    for one in found:
        kept.take(one)
    assert list(kept.findings()) == worst_first(found)
