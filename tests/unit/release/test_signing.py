"""Stopped at any step and run again: one signature of each statement, stored and listed."""

import hashlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipeline.attest.base import Subject
from pipeline.attest.statement import Statement
from pipeline.bundle import later
from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_of
from pipeline.release import journal, signing
from pipeline.release.journal import Journal, Reached, State
from pipeline.release.signing import Signing
from pipeline.signing.envelope import IN_TOTO
from pipeline.signing.errors import SigningError

IMAGE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
NOW = "2026-11-25T12:00:00Z"
SUMMARY = "https://slsa.dev/verification_summary/v1"


class KilledError(BaseException):
    """The process ends here, as by kill -9: nothing below is told of it."""


class Stops:
    """Counts steps, and ends the process at one of them, before or after it is done."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at, self.after, self.seen = at, after, count()

    def step(self, do: Any) -> Any:
        number = next(self.seen)
        if number == self.at and not self.after:
            raise KilledError
        done = do()
        if number == self.at:
            raise KilledError
        return done


class Pen:
    """Signs in a new way each time, as ECDSA does."""

    def __init__(self, who: str = "us") -> None:
        self.who, self.made, self.down = who, 0, False
        self.stops = Stops()

    def sign(self, statement: bytes) -> bytes:
        if self.down:
            raise SigningError("not signed: rekor answers 502")
        self.made += 1
        return bytes(self.stops.step(lambda: self._bundle(statement)))

    def _bundle(self, statement: bytes) -> bytes:
        import base64

        envelope = {
            "payload": base64.b64encode(statement).decode(),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": base64.b64encode(f"{self.who} {self.made}".encode()).decode()}],
        }
        return json.dumps({"dsseEnvelope": envelope}).encode()

    def ours(self, bundle: bytes) -> bytes | None:
        import base64

        envelope = json.loads(bundle)["dsseEnvelope"]
        by = base64.b64decode(envelope["signatures"][0]["sig"]).decode()
        return base64.b64decode(envelope["payload"]) if by.startswith(f"{self.who} ") else None


class Box:
    """A registry."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, bytes]] = {}
        self.order: list[str] = []
        self.loses = 0
        self.stops = Stops()

    def attached(self, target: str) -> Iterator[tuple[str, bytes]]:
        yield from list(self.held.get(target, {}).items())

    def attach(self, target: str, bundle: bytes, *, predicate_type: str, created: str) -> str:
        text = f"{target} {created} {predicate_type}".encode() + bundle
        digest = "sha256:" + hashlib.sha256(text).hexdigest()
        self.order.append(predicate_type)

        def store() -> None:
            if self.loses:
                self.loses -= 1
            else:
                self.held.setdefault(target, {})[digest] = bundle

        self.stops.step(store)
        return digest

    def listed(self, target: str) -> frozenset[str]:
        return frozenset(self.held.get(target, {}))


def statement(name: str, kind: str, text: str = "") -> Statement:
    return Statement(name=name, predicate_type=kind, subjects=(Subject(name="a", digest={}),),
                     data=f'{{"{name}":"{text}"}}'.encode())  # fmt: skip


SAID = (
    statement("summary", SUMMARY),
    statement("verdict", "https://a.example/verdict"),
    statement("provenance", "https://a.example/provenance"),
)
TARGETS = {"summary": (IMAGE, OTHER), "verdict": (IMAGE,), "provenance": ()}


def planned(said: tuple[Statement, ...] = SAID, image: str = f"r.example/a@{IMAGE}") -> Journal:
    reached = (
        Reached(name=one.name, predicate_type=one.predicate_type, statement=sha256_of(one.data),
                targets=TARGETS[one.name])
        for one in said
    )  # fmt: skip
    return Journal(image=image, bundle="sha256:b", statements=tuple(reached))


def ceremony(
    folder: Path, pen: Pen, box: Box, said: tuple[Statement, ...] = SAID, **fields: Any
) -> Signing:
    return Signing(folder, planned(said, **fields), said, signer=pen, shelf=box, now=NOW)


def whole(folder: Path, box: Box) -> None:
    """Hold that each statement has one signature, the one in the bundle, wherever it is due."""
    read = journal.read(folder)
    assert read is not None
    for one in read.statements:
        assert one.done
        assert sha256_of((folder / f"{one.name}.sigstore.json").read_bytes()) == one.signature
        for target in one.targets:
            assert one.stored[target] in box.held[target]
    due = {target: sum(target in names for names in TARGETS.values()) for target in (IMAGE, OTHER)}
    assert {target: len(held) for target, held in box.held.items()} == due


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


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(14))
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


def test_a_foreign_file_in_place_of_a_signature_is_refused(tmp_path: Path) -> None:
    (tmp_path / "summary.sigstore.json").write_bytes(Pen("them").sign(SAID[0].data))
    with pytest.raises(PenstockError, match="no signature of this statement by this signer"):
        ceremony(tmp_path, Pen(), Box()).finish()


def test_a_journal_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "signing.json").write_bytes(b"{")
    with pytest.raises(PenstockError, match="cannot be read"):
        ceremony(tmp_path, Pen(), Box())
