"""Reads a bundle back, and believes none of it that its digests do not hold."""

from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle import coverage
from pipeline.bundle.facts import Facts
from pipeline.bundle.lengthy import lines_of, without_lists
from pipeline.bundle.run import RunFile
from pipeline.errors import PenstockError, UsageError
from pipeline.model.artifact import sha256_file
from pipeline.model.finding import Finding
from pipeline.model.outcome import StageEvidence
from pipeline.model.verdict import YEARS, Verdict

_POLICY: Final = "inputs/policy/"
_NEEDED: Final = ("findings.ndjson", "coverage.json", "verdict.json", "inputs/facts.json")
_LONG: Final = 32 << 20
"""Bytes of findings: those of some 30,000."""
_AGAIN: Final = "run the scan again; what was altered, or is of another version, proves nothing"
_BAD: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)


class BundleError(PenstockError):
    """A bundle is not what it says it is."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle as it was read: everything that a judgement needs."""

    path: Path
    run: RunFile
    findings: tuple[Finding, ...]
    stages: tuple[StageEvidence, ...]
    required: tuple[tuple[str, str], ...]
    facts: Facts
    policy: dict[str, bytes]
    verdict: Verdict
    """As it was given then."""


def is_long(path: Path) -> bool:
    """Say whether a bundle of imported reports holds more findings than are read at once."""
    try:
        size = (path / "findings.ndjson").stat().st_size
        described = msgspec.json.decode((path / "run.json").read_bytes(), type=RunFile)
    except (OSError, *_BAD):
        return False  # `read` says what is wrong
    return size > _LONG and described.origin == "imported"


def read(path: Path, *, short: bool = False) -> Stored:
    """Read a bundle. Raises UsageError where there is none, BundleError where one was altered.

    `short` leaves out what may be long: the findings, breaches and warnings.
    """
    if not (path / "run.json").is_file():
        raise UsageError(
            f"{path} holds no evidence bundle",
            hint="name the folder that `penstock run --out` wrote, such as .penstock",
        )
    try:
        described = msgspec.json.decode((path / "run.json").read_bytes(), type=RunFile)
    except (OSError, *_BAD) as exc:
        raise BundleError(f"{path / 'run.json'} cannot be read: {exc}", hint=_AGAIN) from exc
    try:
        _check(path, described)
        return _stored(path, described, short=short)
    except (OSError, *_BAD) as exc:
        raise BundleError(f"the bundle {path} cannot be read: {exc}", hint=_AGAIN) from exc


def _check(path: Path, described: RunFile) -> None:
    """Hold every file against its digest: none missing, none altered, none slipped in as policy."""
    for name in (*_NEEDED, *described.files):
        if name not in described.files:
            raise BundleError(f"{path / 'run.json'} lists no {name}", hint=_AGAIN)
        file = path / name
        if not file.is_file() or not file.resolve().is_relative_to(path.resolve()):
            raise BundleError(f"the bundle lacks {name}", hint=_AGAIN)
        if sha256_file(file) != described.files[name]:
            message = f"{name} is not what run.json says: the bundle was altered"
            raise BundleError(message, hint=_AGAIN)
    for file in (path / _POLICY).rglob("*"):
        name = file.relative_to(path).as_posix()
        if not file.is_dir() and name not in described.files:
            raise BundleError(f"{name} was added to the bundle after its run", hint=_AGAIN)


def _stored(path: Path, described: RunFile, *, short: bool) -> Stored:
    listed = msgspec.json.decode((path / "coverage.json").read_bytes(), type=coverage.Coverage)
    _one_origin(described, listed)
    return Stored(
        path=path,
        run=described,
        findings=() if short else _findings(path / "findings.ndjson"),
        stages=tuple(coverage.evidence(entry) for entry in listed.stages),
        required=tuple((entry.stage, entry.required) for entry in listed.stages),
        facts=_facts((path / "inputs/facts.json").read_bytes()),
        policy={
            name.removeprefix(_POLICY): (path / name).read_bytes()
            for name in described.files
            if name.startswith(_POLICY)
        },
        verdict=_verdict(path / "verdict.json", short=short),
    )


def _one_origin(described: RunFile, listed: coverage.Coverage) -> None:
    """Raise ValueError where run.json calls a run our own that other programs' reports answered."""
    if described.origin == "own" and any(one.origin != "own" for one in listed.stages):
        raise ValueError("run.json says own, and coverage.json has answers that were imported")


def _facts(data: bytes) -> Facts:
    facts = msgspec.json.decode(data, type=Facts)
    if facts.now.tzinfo is None or facts.now.year not in YEARS:
        raise ValueError(f"nothing can be judged as of {facts.now}")
    return facts


def _findings(path: Path) -> tuple[Finding, ...]:
    return tuple(msgspec.convert(one, Finding, from_attributes=True) for one in lines_of(path))


def _verdict(path: Path, *, short: bool) -> Verdict:
    """Read a verdict; whole or not, it is refused for the same bytes."""
    bare = without_lists(path)
    return msgspec.json.decode(bare if short else path.read_bytes(), type=Verdict)
