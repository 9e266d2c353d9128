"""The words that several formats share."""

import msgspec
import pytest

from pipeline.model.gap import GapReason
from pipeline.model.outcome import Failed, Skipped, SkipReason
from pipeline.report import summary
from tests.support import records


@pytest.mark.parametrize(
    ("purl", "fixes", "said"),
    [
        ("pkg:pypi/urllib3@1.26.15", ("2.0.6", "1.26.17"), "pypi/urllib3@1.26.15 → 1.26.17"),
        ("pkg:pypi/urllib3@2.0.1", ("1.26.17", "2.0.6"), "pypi/urllib3@2.0.1 → 2.0.6"),
        ("pkg:pypi/urllib3@2.0.1", (), "pypi/urllib3@2.0.1"),
        ("pkg:pypi/urllib3@2.0.1", None, "pypi/urllib3@2.0.1"),
        ("pkg:deb/debian/libc6@2.36-9%2Bdeb12u3?arch=amd64", ("2.36-9+deb12u4",),
         "deb/debian/libc6@2.36-9+deb12u3 → 2.36-9+deb12u4"),
    ],
)  # fmt: skip
def test_a_package_is_named_with_the_lowest_version_that_mends_it(
    purl: str, fixes: tuple[str, ...] | None, said: str
) -> None:
    finding = msgspec.structs.replace(records.sca(), purl=purl, fix_versions=fixes)
    assert summary.what(finding) == said


@pytest.mark.parametrize(
    ("count", "word", "said"),
    [(1, "breach", "1 breach"), (2, "breach", "2 breaches"), (2, "policy", "2 policies"),
     (0, "gap", "0 gaps"), (2, "required answer", "2 required answers")],
)  # fmt: skip
def test_counts_have_their_noun(count: int, word: str, said: str) -> None:
    assert summary.plural(count, word) == said


def test_a_stage_without_an_answer_never_shows_zero_gaps() -> None:
    failed = Failed(asked=3, reason=GapReason.TOOL_MISSING, message="it is not there")
    skipped = Skipped(why=SkipReason.DESELECTED, asked=3, inventory="")
    assert summary.gaps(failed) == "all"
    assert summary.gaps(skipped) == "-"
