"""Judges and writes more findings than memory has room for."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.lengthy import Line, encode_line, verdict_pieces
from pipeline.model.finding import Finding
from pipeline.model.severity import Severity
from pipeline.model.verdict import Breach
from pipeline.policy.case import Case
from pipeline.policy.judging.many import Judged, Many
from pipeline.policy.judging.uncollected import uncollected
from pipeline.runner.spool import no_room

_MOST: Final = 1 << 20
"""Bytes that are held before they are written."""


class Sums:
    """Counts by rule what goes past."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.words: dict[str, str] = {}
        """What the first of each rule says."""

    def over(self, entries: Iterable[Breach]) -> Iterator[Breach]:
        """Hand entries on, each counted."""
        for rule, some in groupby(entries, attrgetter("rule")):
            for number, one in enumerate(some, 1):
                if number == 1:
                    self.words[rule] = one.message
                self.counts[rule] = number
                yield one


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was judged, and the two files that are too long to be held."""

    judged: Judged
    files: dict[str, tuple[Path, str]]
    """Each with its digest."""
    severities: dict[Severity, int]
    breaches: Sums
    warnings: Sums


@uncollected
def write(case: Case, lines: Iterable[bytes], folder: Path) -> Written:
    """Judge findings that come as lines in the order of their ids, and write both files."""
    decode, encode = msgspec.json.Decoder(Line).decode, encode_line().encode
    taken = Taken(case)
    judged = (encode(taken.take(decode(line))) + b"\n" for line in lines)
    findings = _put(folder / "findings.ndjson", judged)
    return taken.written(folder, {"findings.ndjson": findings})


@uncollected
def again(case: Case, found: Iterable[Finding], folder: Path) -> Written:
    """Judge findings that come in the order of their ids, and write the verdict."""
    taken = Taken(case)
    for one in found:
        taken.take(one)
    return taken.written(folder, {})


class Taken:
    """Findings that go past, judged and counted."""

    def __init__(self, case: Case) -> None:
        self._many = Many(case)
        self._counts: Counter[Severity] = Counter()

    def take(self, finding: Finding) -> Finding:
        """Return a finding as it was judged."""
        ready = self._many.take(finding)
        self._counts[ready.severity] += 1
        return ready

    def written(self, folder: Path, files: dict[str, tuple[Path, str]]) -> Written:
        """Write the verdict over what was taken."""
        judged = self._many.judged()
        breaches, warnings = Sums(), Sums()
        pieces = verdict_pieces(
            judged.verdict,
            breaches.over(judged.lists.breaches(judged.verdict)),
            warnings.over(judged.lists.warnings(judged.verdict)),
        )
        return Written(
            judged=judged,
            files={**files, "verdict.json": _put(folder / "verdict.json", pieces)},
            severities=dict(self._counts),
            breaches=breaches,
            warnings=warnings,
        )


def _put(path: Path, pieces: Iterable[bytes]) -> tuple[Path, str]:
    """Write a file, and return where it is and its digest."""
    digest = hashlib.sha256()
    held: list[bytes] = []
    size = 0
    try:
        with path.open("wb") as stream:
            for piece in chain(pieces, (b"",)):
                held.append(piece)
                size += len(piece)
                if size >= _MOST or not piece:
                    some = b"".join(held)
                    digest.update(some)
                    stream.write(some)
                    held, size = [], 0
    except OSError as exc:
        raise no_room(path.parent, exc) from exc
    return path, f"sha256:{digest.hexdigest()}"
