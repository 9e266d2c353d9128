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
from pipeline.model.record import Sums
from pipeline.model.severity import RANK, Severity
from pipeline.model.verdict import Breach, Verdict
from pipeline.policy.case import Case
from pipeline.policy.judging.many import Many
from pipeline.policy.judging.uncollected import uncollected
from pipeline.runner.spool import no_room
from pipeline.runner.worst import Worst

_MOST: Final = 1 << 20
"""Bytes that are held before they are written."""


class Passing:
    """Counts by rule what goes past, and keeps what is said of a few findings."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._counts: Counter[str] = Counter()
        self._words: dict[str, str] = {}
        self.kept: list[Breach] = []
        self.assumed: Counter[str] = Counter()
        self.uncertain = 0

    def over(self, entries: Iterable[Breach]) -> Iterator[Breach]:
        """Hand entries on, each counted."""
        wanted = self._wanted
        for rule, some in groupby(entries, attrgetter("rule")):
            number = 0
            for one in some:
                number += 1
                if number == 1:
                    self._words[rule] = one.message
                if one.assumed:
                    self.assumed.update(one.assumed)
                if not one.certain:
                    self.uncertain += 1
                if one.finding is None or one.finding in wanted:
                    self.kept.append(one)
                yield one
            self._counts[rule] = number

    @property
    def sums(self) -> tuple[tuple[str, str, int], ...]:
        """What the first of each rule says, and how many there are, the most first."""
        counts = sorted(self._counts.items(), key=lambda one: (-one[1], one[0]))
        return tuple((rule, self._words[rule], count) for rule, count in counts)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was judged, and the two files that are too long to be held."""

    verdict: Verdict
    """With those breaches and warnings alone that are of `worst`, or of no finding."""
    worst: tuple[Finding, ...]
    sums: Sums
    files: dict[str, tuple[Path, str]]
    """Each with its digest."""


@uncollected
def write(case: Case, lines: Iterable[bytes], folder: Path) -> Written:
    """Judge findings that come as lines in the order of their ids, and write both files."""
    decode, encode = msgspec.json.Decoder(Line).decode, encode_line().encode
    taken = Taken(case)
    judged = (encode(taken.take(decode(line))) + b"\n" for line in lines)
    findings = _put(folder / "findings.ndjson", judged)
    return taken.written(folder, {"findings.ndjson": findings})


@uncollected
def again(case: Case, found: Iterable[Finding], folder: Path, *, keep: bool) -> Written:
    """Judge findings that come in the order of their ids, and write the verdict.

    `keep` writes them once more, as they are judged now.
    """
    taken = Taken(case)
    ready = map(taken.take, found)
    if keep:
        encode = encode_line().encode
        lines = (encode(one) + b"\n" for one in ready)
        return taken.written(folder, {"findings.ndjson": _put(folder / "findings.ndjson", lines)})
    for _ in ready:
        pass
    return taken.written(folder, {})


class Taken:
    """Findings that go past, judged and counted; the worst of them stay."""

    def __init__(self, case: Case) -> None:
        self._many = Many(case)
        self._counts: Counter[Severity] = Counter()
        self._worst = Worst()

    def take(self, finding: Finding) -> Finding:
        """Return a finding as it was judged."""
        ready = self._many.take(finding)
        self._counts[ready.severity] += 1
        self._worst.take(ready)
        return ready

    def written(self, folder: Path, files: dict[str, tuple[Path, str]]) -> Written:
        """Write the verdict over what was taken."""
        judged = self._many.judged()
        worst = self._worst.findings()
        wanted = frozenset(one.id for one in worst)
        breaches, warnings = Passing(wanted), Passing(wanted)
        pieces = verdict_pieces(
            judged.verdict,
            breaches.over(judged.lists.breaches(judged.verdict)),
            warnings.over(judged.lists.warnings(judged.verdict)),
        )
        verdict = _put(folder / "verdict.json", pieces)
        counts = sorted(self._counts.items(), key=lambda one: -RANK[one[0]])
        return Written(
            verdict=msgspec.structs.replace(
                judged.verdict, breaches=tuple(breaches.kept), warnings=tuple(warnings.kept)
            ),
            worst=worst,
            sums=Sums(
                severities=tuple(counts),
                breaches=breaches.sums,
                warnings=warnings.sums,
                assumed=tuple(sorted((breaches.assumed + warnings.assumed).items())),
                uncertain=breaches.uncertain + warnings.uncertain,
            ),
            files={**files, "verdict.json": verdict},
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
