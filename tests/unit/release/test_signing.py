"""Stopped at any step and run again: one signature of each statement, stored and listed."""

from pathlib import Path

import pytest

from pipeline.bundle import later
from pipeline.errors import PenstockError
from pipeline.release import journal, signing
from pipeline.release.journal import State
from pipeline.signing.errors import SigningError
from tests.support.signers import (
    IMAGE,
    SAID,
    SUMMARY,
    Box,
    KilledError,
    Pen,
    Stops,
    ceremony,
    statement,
    whole,
)


def test_all_is_signed_stored_and_listed_and_the_yes_comes_last(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    whole(tmp_path, box)
    assert pen.made == 3
    assert box.order == ["https://a.example/verdict", SUMMARY, SUMMARY]


def test_again_changes_nothing(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    before = {one.name: one.read_bytes() for one in tmp_path.glob("*.json")}
    ceremony(tmp_path, pen, box).finish()
    assert {one.name: one.read_bytes() for one in tmp_path.glob("*.json")} == before
    assert (pen.made, len(box.order)) == (3, 3)


WRITES = 8
"""The journal, three signatures, and the journal after them, after two attachments and the list."""


def test_no_write_is_left_out_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = later.put, list[Path]()

    def counted(path: Path, data: bytes) -> None:
        seen.append(path)
        real(path, data)

    for place in (signing, journal):
        monkeypatch.setattr(place, "put", counted)
    ceremony(tmp_path, Pen(), Box()).finish()
    assert len(seen) == WRITES


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(WRITES))
def test_killed_at_any_write_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool
) -> None:
    pen, box, stops = Pen(), Box(), Stops(at, after=after)
    real = later.put
    with monkeypatch.context() as patched:
        for place in (signing, journal):
            patched.setattr(place, "put", lambda *words: stops.step(lambda: real(*words)))
        with pytest.raises(KilledError):
            ceremony(tmp_path, pen, box).finish()
    ceremony(tmp_path, pen, box).finish()
    whole(tmp_path, box)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("whom", ["pen", "box"])
def test_killed_at_any_signature_and_any_attachment_it_goes_on(
    tmp_path: Path, at: int, whom: str, *, after: bool
) -> None:
    pen, box = Pen(), Box()
    stopped = pen if whom == "pen" else box
    stopped.stops = Stops(at, after=after)
    with pytest.raises(KilledError):
        ceremony(tmp_path, pen, box).finish()
    pen.stops = box.stops = Stops()
    ceremony(tmp_path, pen, box).finish()
    whole(tmp_path, box)


def test_nothing_is_attached_while_a_signature_is_missing(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    pen.down = True
    with pytest.raises(SigningError, match="3 of 3 statements are not signed yet"):
        ceremony(tmp_path, pen, box).finish()
    assert not box.held
    pen.down = False
    ceremony(tmp_path, pen, box).finish()
    whole(tmp_path, box)


def test_an_equal_signature_in_the_registry_is_taken_up(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    ceremony(tmp_path / "one", pen, box).finish()
    ceremony(tmp_path / "two", pen, box).finish()
    assert pen.made == 4, "only what stays in the bundle is signed again"
    whole(tmp_path / "two", box)


def test_a_signature_of_somebody_else_is_not_taken_for_ours(tmp_path: Path) -> None:
    box = Box()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    ceremony(tmp_path / "one", Pen("them"), box).finish()
    ceremony(tmp_path / "two", Pen("us"), box).finish()
    assert len(box.held[IMAGE]) == 4


def test_what_is_signed_is_never_signed_with_other_content(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    other = (statement("summary", SUMMARY, "other"), *SAID[1:])
    with pytest.raises(PenstockError, match="would now say something else"):
        ceremony(tmp_path, pen, box, other)
    with pytest.raises(PenstockError, match=r"was signed for r\.example/a@"):
        ceremony(tmp_path, pen, box, image=f"r.example/b@{IMAGE}")


def test_what_was_only_prepared_may_change(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    pen.down = True
    with pytest.raises(SigningError):
        ceremony(tmp_path, pen, box).finish()
    pen.down = False
    other = (statement("summary", SUMMARY, "other"), *SAID[1:])
    assert ceremony(tmp_path, pen, box, other).finish().statements[0].state is State.LISTED


def test_what_the_list_lost_is_put_back(tmp_path: Path) -> None:
    box = Box()
    box.loses = 2
    ceremony(tmp_path, Pen(), box).finish()
    whole(tmp_path, box)


def test_a_list_that_keeps_losing_is_no_success(tmp_path: Path) -> None:
    box = Box()
    box.loses = 99
    with pytest.raises(PenstockError, match="does not list summary, verdict"):
        ceremony(tmp_path, Pen(), box).finish()
    box.loses = 0
    ceremony(tmp_path, Pen(), box).finish()
    whole(tmp_path, box)


def test_what_cleaning_removed_is_attached_again(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    box.held.clear()
    ceremony(tmp_path, pen, box).finish()
    whole(tmp_path, box)
    assert pen.made == 3


def test_a_signature_that_was_altered_is_not_attached(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    (tmp_path / "verdict.sigstore.json").write_bytes(b"{}")
    with pytest.raises(PenstockError, match="is not the signature that was made"):
        ceremony(tmp_path, pen, box).finish()


def test_a_foreign_file_in_place_of_a_signature_is_refused(tmp_path: Path) -> None:
    (tmp_path / "summary.sigstore.json").write_bytes(Pen("them").sign(SAID[0].data))
    with pytest.raises(PenstockError, match="no signature of this statement by this signer"):
        ceremony(tmp_path, Pen(), Box()).finish()


def test_a_journal_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "signing.json").write_bytes(b"{")
    with pytest.raises(PenstockError, match="cannot be read"):
        ceremony(tmp_path, Pen(), Box())
