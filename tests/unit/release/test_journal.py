"""What a journal tells is held against the bundle and the registry, and one process writes it."""

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.bundle import later
from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_of
from tests.support.signers import IMAGE, OTHER, SAID, Box, Pen, ceremony, whole


def forged(folder: Path, **fields: Any) -> None:
    """Let the journal tell something else of every statement."""
    told = json.loads((folder / "signing.json").read_bytes())
    for one in told["statements"]:
        one.update({name: make(one) for name, make in fields.items()})
    (folder / "signing.json").write_text(json.dumps(told))


def test_a_journal_that_tells_of_attachments_that_are_not_there_is_not_believed(
    tmp_path: Path,
) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    box.held.clear()
    box.attach(IMAGE, b"{}", predicate_type="x", created="x")
    (other,) = box.held[IMAGE]
    forged(tmp_path, stored=lambda one: dict.fromkeys(one["targets"], other))
    ceremony(tmp_path, pen, box).finish()
    del box.held[IMAGE][other]
    whole(tmp_path, box)


def test_a_journal_does_not_say_where_a_statement_has_to_lie(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    box.held.clear()
    forged(tmp_path, targets=lambda _: [], stored=lambda _: {})
    ceremony(tmp_path, pen, box).finish()
    whole(tmp_path, box)


def test_a_journal_cannot_make_a_signature_out_of_a_file(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    forgery = Pen("them").sign(SAID[0].data)
    (tmp_path / "summary.sigstore.json").write_bytes(forgery)
    forged(tmp_path, signature=lambda one: (
        sha256_of(forgery) if one["name"] == "summary" else one["signature"]))  # fmt: skip
    box.held.clear()
    with pytest.raises(PenstockError, match="no signature of this statement by this signer"):
        ceremony(tmp_path, pen, box).finish()
    assert not box.held


def test_a_signature_that_somebody_attached_once_more_is_not_attached_again(
    tmp_path: Path,
) -> None:
    pen, box = Pen(), Box()
    ceremony(tmp_path, pen, box).finish()
    (bundle,) = box.held[OTHER].values()
    box.held[OTHER] = {"sha256:another manifest": bundle}
    ceremony(tmp_path, pen, box).finish()
    assert list(box.held[OTHER]) == ["sha256:another manifest"]


def test_only_one_process_at_a_time_signs_a_bundle(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    second = ceremony(tmp_path, pen, box)
    with later.alone(tmp_path):
        with pytest.raises(PenstockError, match="another process is signing") as caught:
            second.finish()
        assert "--resume" in caught.value.hint
        assert list(tmp_path.iterdir()) == []
    second.finish()
    whole(tmp_path, box)


def test_who_began_before_another_had_finished_goes_on_where_that_one_was(tmp_path: Path) -> None:
    pen, box = Pen(), Box()
    late = ceremony(tmp_path, pen, box)
    ceremony(tmp_path, pen, box).finish()
    late.finish()
    assert (pen.made, len(box.order)) == (3, 3)
    whole(tmp_path, box)


def test_where_nothing_can_be_locked_it_is_signed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    box = Box()
    ceremony(tmp_path, Pen(), box).finish()
    whole(tmp_path, box)
