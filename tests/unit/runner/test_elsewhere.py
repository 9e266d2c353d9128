"""What is kept of reports that were made elsewhere, and what has to be said of them."""

from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.errors import UsageError
from pipeline.imports.base import NotReadError
from pipeline.model.artifact import sha256_of
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import GapReason
from pipeline.model.imported import Lack
from pipeline.model.outcome import Completed
from pipeline.runner.elsewhere import Read, Said, other_commit, read
from tests.support.importing import WHOLE, result, sarif

MOST: Final = 1 << 20
UNSAID: Final[dict[str, dict[str, Any]]] = {
    "made": {"invocations": [{"executionSuccessful": True}]},
    "tool": {"tool": {"driver": {"name": "", "version": "1.2", "rules": [{"id": "R1"}]}}},
    "version": {"tool": {"driver": {"name": "Look", "rules": [{"id": "R1"}]}}},
}
"""By what is to be typed then: a run that leaves it out."""
TYPED: Final[dict[str, Any]] = {"made": "2026-11-24T08:00:00Z", "tool": "Look", "version": "1.2"}


def asked(
    place: Path, *reports: bytes, kind: Kind = Kind.SAST, most: int = MOST, **typed: Any
) -> Read:
    files = []
    for number, data in enumerate(reports):
        (place / f"{number}.sarif").write_bytes(data)
        files.append(str(place / f"{number}.sarif"))
    said = Said(stage="semgrep", files=tuple(files), **{"targets": ("app/a.py",), **typed})
    return read(said, kind, root=place, most=most, found=lambda _: None)


def imported(told: Read) -> Any:
    assert told.evidence.imported is not None
    return told.evidence.imported


def test_the_very_bytes_that_were_read_are_noted(tmp_path: Path) -> None:
    data = sarif({"results": [result()]})
    (file,) = imported(asked(tmp_path, data)).files
    assert (file.sha256, file.size) == (sha256_of(data), len(data))
    assert (file.name, file.format) == (str(tmp_path / "0.sarif"), "sarif")


def test_of_what_the_report_says_itself_nothing_is_noted_as_typed(tmp_path: Path) -> None:
    said = imported(asked(tmp_path, sarif()))
    assert (said.tool, said.version, said.made) == ("Look", "1.2", "2026-11-25T08:00:00Z")
    assert said.typed == ("target",)


def test_a_target_that_nobody_names_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not say what was looked at"):
        asked(tmp_path, sarif(), targets=())


def test_a_target_below_the_tree_is_named_as_the_tree_has_it(tmp_path: Path) -> None:
    told = asked(tmp_path, sarif(), targets=(str(tmp_path / "app/a.py"),))
    assert dict(told.targets) == {"app/a.py": "answered"}


def test_a_time_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no instant"):
        asked(tmp_path, sarif(UNSAID["made"]), made="yesterday")


def test_what_is_no_file_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(NotReadError, match="no file and no pipe"):
        read(
            Said(stage="semgrep", files=("/dev/zero",)), Kind.SAST,
            root=tmp_path, most=MOST, found=lambda _: None,
        )  # fmt: skip


@pytest.mark.parametrize("what", UNSAID)
def test_what_no_report_says_has_to_be_typed_and_is_noted_as_that(
    tmp_path: Path, what: str
) -> None:
    data = sarif(UNSAID[what])
    with pytest.raises(UsageError, match="does not say"):
        asked(tmp_path, data)
    said = imported(asked(tmp_path, data, **{what: TYPED[what]}))
    assert set(said.typed) == {"target", what}
    assert getattr(said, what) == TYPED[what]


def test_of_several_reports_only_those_that_do_not_say_it_are_dated_by_hand(
    tmp_path: Path,
) -> None:
    undated = sarif(UNSAID["made"])
    assert imported(asked(tmp_path, sarif(), undated, made=TYPED["made"])).made == TYPED["made"]
    late = "2026-11-26T08:00:00Z"
    told = imported(asked(tmp_path, sarif(), undated, made=late))
    assert told.made == "2026-11-25T08:00:00Z", "the older of the two"
    with pytest.raises(UsageError, match="says itself when it was made"):
        asked(tmp_path, sarif(), sarif(), made=late)


@pytest.mark.parametrize(("what", "other"), [("tool", "Peek"), ("version", "1.3")])
def test_reports_of_several_tools_are_not_one_answer(tmp_path: Path, what: str, other: str) -> None:
    driver = {**WHOLE["tool"]["driver"], {"tool": "name"}.get(what, what): other}
    with pytest.raises(UsageError, match=f"more than one {what}"):
        asked(tmp_path, sarif(), sarif({"tool": {"driver": driver}}))
    typed: dict[str, Any] = {what: other}
    with pytest.raises(UsageError, match="and not"):
        asked(tmp_path, sarif(), **typed)


def test_what_one_of_two_reports_lists_is_answered_and_what_none_does_is_not(
    tmp_path: Path,
) -> None:
    other = sarif({"artifacts": [{"location": {"uri": "b.py"}, "roles": ["analysisTarget"]}]})
    told = asked(tmp_path, sarif(), other, targets=("app/a.py", "b.py", "c.py"))
    assert dict(told.targets) == {"app/a.py": "answered", "b.py": "answered", "c.py": "not_listed"}
    outcome = told.evidence.outcome
    assert isinstance(outcome, Completed)
    assert (outcome.asked, outcome.answered) == (3, 2)


def test_no_report_says_of_what_day_its_advisories_are(tmp_path: Path) -> None:
    assert Lack.UNDATED_FEED in imported(asked(tmp_path, sarif(), kind=Kind.SCA)).lacks
    assert Lack.UNDATED_FEED not in imported(asked(tmp_path, sarif())).lacks


def test_a_report_may_be_as_long_as_it_may_be_and_no_longer(tmp_path: Path) -> None:
    data = sarif()
    assert imported(asked(tmp_path, data, most=len(data))).files[0].size == len(data)
    with pytest.raises(NotReadError, match="is larger than"):
        asked(tmp_path, data, most=len(data) - 1)


def test_a_report_that_changes_while_it_is_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.sarif"
    path.write_bytes(sarif({"results": [result()]}))

    def alter(_: Finding) -> None:
        with path.open("ab") as stream:
            stream.write(b" ")

    with pytest.raises(NotReadError, match="written to while it was read"):
        read(
            Said(stage="semgrep", files=(str(path),)), Kind.SAST,
            root=tmp_path, most=MOST, found=alter,
        )  # fmt: skip


def test_a_report_of_another_revision_is_told_and_one_of_none_is_not(tmp_path: Path) -> None:
    control = [{"revisionId": "A" * 40, "repositoryUri": "https://git.example/shop"}]
    told = asked(tmp_path, sarif({"versionControlProvenance": control}))
    assert list(other_commit(told, "a" * 40, "semgrep")) == []
    assert list(other_commit(told, None, "semgrep")) == []
    (gap,) = other_commit(told, "b" * 40, "semgrep")
    assert gap.reason is GapReason.DIGEST_MISMATCH
    assert list(other_commit(asked(tmp_path, sarif()), "b" * 40, "semgrep")) == []
