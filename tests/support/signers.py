"""A signer and a registry in memory, that can be stopped at any step, and what they sign."""

import base64
import hashlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from pipeline.attest.base import Subject
from pipeline.attest.statement import Statement
from pipeline.model.artifact import sha256_of
from pipeline.release import journal
from pipeline.release.journal import Journal, Reached
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
        envelope = {
            "payload": base64.b64encode(statement).decode(),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": base64.b64encode(f"{self.who} {self.made}".encode()).decode()}],
        }
        return json.dumps({"dsseEnvelope": envelope}).encode()

    def ours(self, bundle: bytes) -> bytes | None:
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
