"""A whole store in memory: the branches, the runs, and the seal over both."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from pipeline.store.line import Line

_SCOPE: Final = b"penstock/history@1\0"


class StageRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage did in a recorded run."""

    stage: str
    outcome: str
    """completed, failed or skipped."""
    tools: tuple[str, ...]
    asked: int
    answered: int
    targets: str
    """Digest of the names of what was asked."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded run."""

    number: int
    """Counted from 1 without a hole."""
    at: str
    commit: str
    ref: str
    """The branch, or `BRANCH:FOLDER` where only a folder of the repository was judged."""
    environment: str
    verdict: str
    stages: tuple[StageRun, ...]
    previous: str
    """The seal of the run before; empty for the first, and where that one's did not hold."""
    state: str
    """Digest of all branches after this run."""
    seal: str
    """HMAC over all the rest; empty where no key was there."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a store says about the present, and its last run."""

    lines: Mapping[str, Line] = {}
    """By branch."""
    last: Run | None = None


def state_of(lines: Mapping[str, Line]) -> str:
    """Return the digest of all branches of which anything is known."""
    known = [(ref, line) for ref, line in sorted(lines.items()) if line != Line()]
    text = msgspec.json.encode(
        [
            (ref, line.rows, sorted(line.looks.items()), sorted(line.expected.items()))
            for ref, line in known
        ]
    )
    return hashlib.sha256(text).hexdigest()


def sealed(run: Run, key: bytes | None) -> Run:
    """Seal a run, if there is a key to do it with."""
    return msgspec.structs.replace(run, seal=_seal(run, key) if key else "")


def is_genuine(run: Run, key: bytes | None) -> bool:
    """Say whether a run is as its seal says, which without a key nobody can."""
    return bool(key and run.seal) and hmac.compare_digest(run.seal, _seal(run, key or b""))


def is_authenticated(document: Document, key: bytes | None) -> bool:
    """Say whether a store is to the last row what a run with this key left."""
    last = document.last
    return last is not None and is_genuine(last, key) and last.state == state_of(document.lines)


def chain_fault(runs: tuple[Run, ...], key: bytes | None) -> str:
    """Say where the chain of runs breaks; nothing where every one follows from the one before."""
    previous = ""
    for expected, run in enumerate(runs, start=1):
        if run.number != expected:
            return f"run {expected} is missing"
        if run.previous != previous or not is_genuine(run, key):
            return f"run {run.number} of {run.at} is not what was sealed"
        previous = run.seal
    return ""


def _seal(run: Run, key: bytes) -> str:
    text = msgspec.json.encode(msgspec.structs.replace(run, seal=""))
    return hmac.new(key, _SCOPE + text, hashlib.sha256).hexdigest()
