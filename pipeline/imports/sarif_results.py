"""Findings out of SARIF results."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.imports.base import Asked
from pipeline.imports.packages import purl_of
from pipeline.imports.sarif_model import Message, Physical, Place, Result, Run
from pipeline.imports.sarif_places import Places
from pipeline.imports.sarif_rules import About, Rules, claims, score_of
from pipeline.imports.seen import Seen
from pipeline.imports.text import MESSAGE, NAME, short
from pipeline.model import identity
from pipeline.model.digests import digest
from pipeline.model.finding import Finding, Kind, Location

_PACKAGE: Final = re.compile(
    r"\APackage: (\S+)\nInstalled Version: (\S*)|\bPackage '([^'@\s]+)@([^'\s]+)'"
)
"""How Trivy and osv-scanner name a package in a sentence."""
_PLACE: Final = re.compile(r"\{([0-9]{1,4})\}")
_FILLED: Final = 1 << 16
"""So many characters of arguments are put in their places."""
_NOWHERE: Final = Place()
_PASSED: Final = frozenset({"pass", "notApplicable"})
_FAILED: Final = "fail"
_SPEAKS: Final = frozenset({"accepted", None})
_SILENT: Final = frozenset({"none", None})


class Results:
    """Makes findings of one report's results; those that say the same are told apart."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._seen = Seen()
        self.unplaced = False
        """Whether a result lies at no place of the tree: no rule about paths can meet it."""

    def places(self, run: Run) -> Places:
        """Return the places of a run, seen from the tree that is judged."""
        return Places(run, self._asked.roots)

    def findings(self, result: Result, rules: Rules, places: Places) -> Iterator[Finding]:
        """Make a finding for each file; none of what passed, or is gone since an earlier run."""
        if result.baseline_state == "absent":
            return
        if result.kind in _PASSED and result.level in _SILENT:
            return
        about = rules.of(result)
        made: set[str] = set()
        for one in result.locations or (_NOWHERE,):
            place = one.physical_location
            at = place.artifact_location if place else None
            path = places.path(at)
            self.unplaced |= not path
            target = path or short(places.said(at), NAME) or self._asked.target
            if target not in made:
                made.add(target)
                yield self._made(result, about, target, path, place)

    def _made(
        self, result: Result, about: About, target: str, path: str, place: Physical | None
    ) -> Finding:
        asked = self._asked
        told = sentence(result.message, about) or about.title
        secret = asked.kind is Kind.SECRET
        quoting = secret or about.secret  # tools that look for secrets like to quote them
        own = score_of(result.properties.security_severity) if result.properties else None
        scores = [one for one in (own, about.score) if one is not None]
        severity, said = claims(_level(result, about), max(scores, default=None))
        advisory = about.advisory if asked.kind is Kind.SCA else None
        return identity.new(
            kind=asked.kind,
            stage=asked.stage,
            rule=advisory or about.id,
            target=target,
            fingerprint=self._fingerprint(about, target, "" if secret else _text(place, told)),
            purl=package(told) if advisory else None,
            aliases=(advisory,) if advisory else (),
            title=about.title,
            message=about.title if quoting else told[:MESSAGE],
            severity=severity,
            severities=said,
            confidence=about.confidence,
            cwes=about.cwes,
            location=_location(path, place),
            suppressed_inline=any(one.status in _SPEAKS for one in result.suppressions or ()),
        )

    def _fingerprint(self, about: About, target: str, text: str) -> str:
        """Name what stands there: by its text, and by which time it is in one file."""
        return digest(text, self._seen.times(about.id, target, text))


def package(told: str) -> str:
    """Name the package that a message speaks of; one without a name where nobody can read it."""
    found = _PACKAGE.search(told)
    name, version = (found[1] or found[3], found[2] or found[4]) if found else ("unnamed", "")
    return purl_of("", name, version or "")


def _level(result: Result, about: About) -> str:
    """Return how bad it is said to be. What does not fail has no level, and counts as unknown."""
    if result.level is not None:
        return result.level
    if result.kind == "informational":
        return "info"
    if result.kind not in (None, _FAILED):
        return "none"
    return about.level or "warning"


def _text(place: Physical | None, told: str) -> str:
    region = place.region if place else None
    if region is not None and region.snippet is not None and region.snippet.text:
        return identity.normalised(region.snippet.text)
    return identity.normalised(told)


def _location(path: str, place: Physical | None) -> Location | None:
    region = place.region if place else None
    line = region.start_line if region is not None else None
    if not path or region is None or line is None or line < 1:
        return None
    return Location(path, line, max(line, region.end_line or line))


def sentence(message: Message, about: About | None = None) -> str:
    """Return what a message says, with its arguments in their places."""
    text = message.text
    if text is None and message.id is not None and about is not None:
        text = about.texts.get(message.id)
    return _filled(text, message.arguments) if text and message.arguments else text or ""


def _filled(text: str, arguments: Sequence[str]) -> str:
    """Put arguments in their places, and none in one that another argument brings along.

    Arguments that name each other would make a report of a few lines fill the memory.
    """
    pieces: list[str] = []
    at, room = 0, _FILLED
    for place in _PLACE.finditer(text):
        number = int(place[1])
        if number < len(arguments):
            pieces += (text[at : place.start()], arguments[number][:room])
            at = place.end()
            room -= len(pieces[-1])
        if room <= 0:
            break
    return "".join((*pieces, text[at:]))
