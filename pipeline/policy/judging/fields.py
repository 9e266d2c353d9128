"""The fields that a `match` may name. To add one, write its maker and add its line to FIELDS.

Each maker turns a condition into a test of three-and-a-half values: no, yes, yes by an assumed
value, and unknown. Rules take all but `no` for a match; grace and exceptions take only `yes`.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import partial
from typing import Final, TypeAlias

import msgspec

from pipeline.model.finding import Finding, Kind
from pipeline.policy import purl
from pipeline.policy.globs import matcher, wild
from pipeline.policy.judging.sla import Overdue, clocked, overdue
from pipeline.policy.model import Clocks, Condition, Unknowns

_SITED: Final = frozenset({Kind.DAST, Kind.SECRET})
"""Kinds of finding that can be tried out."""


class Answer(IntEnum):
    """What a test says. NO is false, so that the common case is cheap to ask for."""

    NO = 0
    YES = 1
    ASSUMED = 2
    UNKNOWN = 3


NO: Final = Answer.NO
YES: Final = Answer.YES
ASSUMED: Final = Answer.ASSUMED
UNKNOWN: Final = Answer.UNKNOWN
_SCA: Final = Kind.SCA
# Python 3.11 takes longer to find the member of an enum than a test takes for the rest.


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What tests may know beside the finding."""

    unknowns: Unknowns
    clocks: Clocks | None
    overdue_on: int
    """The day of the judgement, counted from 0001-01-01."""
    epss_known: bool
    """An EPSS feed was read, so that a missing score means a score of nothing."""
    kev_known: bool
    """A catalogue was read, so that what has no CVE is not in it."""
    kev_doubted: bool
    """A catalogue was read that is old or cut: what it does not list may be listed."""


Test: TypeAlias = Callable[[Finding], Answer]
Maker: TypeAlias = Callable[[Condition, World], Test]


def _unknown(condition: Condition, assumed: str | None) -> Answer:
    """Decide what an unknown word answers: listed itself, it is a known thing to look for."""
    if "unknown" in condition.words:
        return YES
    if assumed is None:
        return UNKNOWN
    return ASSUMED if assumed in condition.words else NO


def _kind(condition: Condition, _: World) -> Test:
    wanted = frozenset(condition.words)
    return lambda finding: YES if finding.kind in wanted else NO


def _stage(condition: Condition, _: World) -> Test:
    wanted = frozenset(condition.words)

    def test(finding: Finding) -> Answer:
        seen = finding.stage in wanted or not wanted.isdisjoint(finding.sources)
        return YES if seen else NO

    return test


def _severity(condition: Condition, world: World) -> Test:
    wanted = frozenset(condition.words)
    unknown = _unknown(condition, world.unknowns.severity)

    def test(finding: Finding) -> Answer:
        if finding.severity_assumed or finding.severity == "unknown":
            return unknown
        return YES if finding.severity in wanted else NO

    return test


def _confidence(condition: Condition, _: World) -> Test:
    return _word(condition, lambda finding: finding.confidence)


def _state(condition: Condition, _: World) -> Test:
    return _word(condition, lambda finding: finding.state)


def _verified(condition: Condition, _: World) -> Test:
    test = _word(condition, lambda finding: finding.verified)
    return lambda finding: test(finding) if finding.kind in _SITED else NO


def _exposure(condition: Condition, world: World) -> Test:
    return _word(condition, lambda finding: finding.exposure, world.unknowns.exposure)


def _word(
    condition: Condition, get: Callable[[Finding], str | None], assumed: str | None = None
) -> Test:
    wanted = frozenset(condition.words)
    unknown = _unknown(condition, assumed)

    def test(finding: Finding) -> Answer:
        value = get(finding)
        if value is None or value == "unknown":
            return unknown
        return YES if value in wanted else NO

    return test


def _priority(condition: Condition, _: World) -> Test:
    wanted = frozenset(condition.words)
    return lambda finding: YES if finding.priority in wanted else NO


def _rule(condition: Condition, _: World) -> Test:
    fits = matcher(condition.words)

    def test(finding: Finding) -> Answer:
        found = fits(finding.rule) or any(fits(alias) for alias in finding.aliases)
        return YES if found else NO

    return test


def _package(condition: Condition, _: World) -> Test:
    fits = matcher(word if wild(word) else purl.unversioned(word) for word in condition.words)
    answered: dict[str | None, Answer] = {}

    def ask(said: str | None) -> Answer:
        known = purl.spelt(said)
        if known is None:
            return UNKNOWN
        return YES if fits(purl.unversioned(known)) else NO

    def test(finding: Finding) -> Answer:
        answer = answered.get(finding.purl)
        if answer is None:
            answer = answered[finding.purl] = ask(finding.purl)
        if answer is UNKNOWN and finding.kind is not _SCA:
            return NO
        return answer

    return test


def _path(condition: Condition, _: World) -> Test:
    fits = matcher(condition.words)

    def test(finding: Finding) -> Answer:
        at = finding.location  # `finding.path`, without the call
        return YES if fits(at.path if at else finding.target) else NO

    return test


def _cwes(condition: Condition, _: World) -> Test:
    wanted = frozenset(condition.words)

    def test(finding: Finding) -> Answer:
        if not finding.cwes:
            return UNKNOWN
        return NO if wanted.isdisjoint(finding.cwes) else YES

    return test


def _fix_available(condition: Condition, world: World) -> Test:
    assumed = world.unknowns.fix_available

    def test(finding: Finding) -> Answer:
        if finding.kind is not _SCA:
            return NO
        if finding.fix_versions is not None:
            return YES if bool(finding.fix_versions) is condition.flag else NO
        if assumed is None:
            return UNKNOWN
        return ASSUMED if assumed is condition.flag else NO

    return test


def _flag(get: Callable[[Finding], bool], condition: Condition, _: World) -> Test:
    flag = condition.flag
    return lambda finding: YES if get(finding) is flag else NO


def _kev(condition: Condition, world: World) -> Test:
    ignored = condition.flag and world.unknowns.kev == "no_match" and world.kev_known
    unknown = NO if ignored else UNKNOWN

    def test(finding: Finding) -> Answer:
        if finding.kind is not _SCA:
            return NO
        if finding.kev is None or (world.kev_doubted and not finding.kev):
            return unknown
        return YES if finding.kev is condition.flag else NO

    return test


def _epss(condition: Condition, world: World) -> Test:
    bound = condition.at_least or 0.0
    ignored = world.unknowns.epss == "no_match" and world.epss_known
    unknown = NO if ignored else UNKNOWN

    def test(finding: Finding) -> Answer:
        if finding.kind is not _SCA:
            return NO
        if finding.epss is None:
            return unknown
        return NO if finding.epss < bound else YES

    return test


def _ssvc(condition: Condition, _: World) -> Test:
    wanted = frozenset(condition.words)

    def test(finding: Finding) -> Answer:
        if finding.kind is not _SCA:
            return NO
        if finding.ssvc is None:
            return UNKNOWN
        possible = frozenset(finding.ssvc_possible or (finding.ssvc,))
        if possible <= wanted:
            return YES
        return NO if possible.isdisjoint(wanted) else UNKNOWN

    return test


def _sla_breached(_: Condition, world: World) -> Test:
    answered: dict[object, Answer] = {}
    read = clocked(world.clocks)

    def test(finding: Finding) -> Answer:
        key = read(finding)
        answer = answered.get(key)
        if answer is None:
            found = overdue(finding, world.clocks, world.overdue_on)
            answer = answered[key] = _OVERDUE[found]
        return answer

    return test


_OVERDUE: Final[Mapping[Overdue, Answer]] = {
    Overdue.NO: NO,
    Overdue.YES: YES,
    Overdue.ASSUMED: ASSUMED,
    Overdue.UNKNOWN: UNKNOWN,
}

FIELDS: Final[Mapping[str, Maker]] = {
    "kind": _kind,
    "stage": _stage,
    "severity": _severity,
    "confidence": _confidence,
    "priority": _priority,
    "state": _state,
    "rule": _rule,
    "package": _package,
    "path": _path,
    "cwes": _cwes,
    "fix_available": _fix_available,
    "suppressed_inline": partial(_flag, lambda finding: finding.suppressed_inline),
    "kev": _kev,
    "epss": _epss,
    "ssvc": _ssvc,
    "withdrawn": partial(_flag, lambda finding: finding.withdrawn is not None),
    "verified": _verified,
    "exposure": _exposure,
    "sla_breached": _sla_breached,
}
