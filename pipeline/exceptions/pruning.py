"""Which exception files have no more use, and which of those must stay for the count."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pipeline.model.outcome import Completed, StageEvidence
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.judging.exceptions import Fate
from pipeline.policy.judging.refiled import Refiled
from pipeline.policy.loading.renewals import Filed, renewals
from pipeline.policy.model import PolicyException
from pipeline.policy.purl import unversioned

_PACKAGES: Final = frozenset({"pip-audit", "packages"})
_IMAGES: Final = frozenset({"image"})
_LIVING: Final = frozenset({ExceptionStatus.ACTIVE, ExceptionStatus.UNUSED})


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle's case, and what became of each exception in it."""

    case: Case
    fates: tuple[Fate, ...]


class Useless(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may go, and why."""

    id: str
    why: str
    kept_for: str = ""
    """The exception whose renewals are counted by it: until that ends it stays."""


def useless(bare: Judged, bundles: tuple[Judged, ...]) -> tuple[Useless, ...]:
    """List what is over, void, superseded or unused. `bare` is the policy without evidence."""
    found = {
        fate.exception.id: why
        for fate in bare.fates
        if (why := next(_reasons(fate.exception, bare, bundles), ""))
    }
    kept = _kept(bare, bundles, frozenset(found))
    return tuple(
        Useless(id=name, why=why, kept_for=kept.get(name, ""))
        for name, why in sorted(found.items())
    )


def _reasons(one: PolicyException, bare: Judged, bundles: tuple[Judged, ...]) -> Iterator[str]:
    if bare.case.today >= one.expires:
        yield f"expired: it ended on {one.expires}"
    for judged in bundles:
        fate = _fate(judged, one.id)
        if fate.status is ExceptionStatus.VOID:
            yield f"void: {fate.reason}"
    later = _successor(one, bundles or (bare,))
    if later:
        yield f"superseded: {later} is in force"
    if bundles and _is_unused(one, bundles):
        yield "unused: it matches nothing, and all that could have matched was asked"


def _fate(judged: Judged, ident: str) -> Fate:
    return next(fate for fate in judged.fates if fate.exception.id == ident)


def _successor(one: PolicyException, judged: tuple[Judged, ...]) -> str:
    """Return the exception that renews it and that is approved and in date everywhere."""
    for fate in judged[0].fates:
        if fate.exception.supersedes == one.id and all(
            _fate(each, fate.exception.id).status in _LIVING for each in judged
        ):
            return fate.exception.id
    return ""


def _is_unused(one: PolicyException, bundles: tuple[Judged, ...]) -> bool:
    """Say whether nothing matches it in any bundle that it is for, and every one could tell."""
    meant = [each for each in bundles if each.case.environment in one.environments]
    return bool(meant) and all(
        not _fate(each, one.id).findings
        and _fate(each, one.id).status is not ExceptionStatus.NOT_YET
        and _answered(one, each.case.stages)
        for each in meant
    )


def _answered(one: PolicyException, stages: Iterable[StageEvidence]) -> bool:
    """Say whether every stage that could have found its target gave a whole answer.

    A match_key does not tell which stage made it, so that all are asked.
    """
    by_name = {each.stage: each for each in stages}
    wanted: frozenset[str] = frozenset(by_name)
    if one.match_key is None:
        wanted = _PACKAGES if one.artifact is None else _IMAGES
    return bool(wanted) and all(
        name in by_name
        and isinstance(outcome := by_name[name].outcome, Completed)
        and not outcome.gaps
        for name in wanted
    )


def _kept(bare: Judged, bundles: tuple[Judged, ...], going: frozenset[str]) -> dict[str, str]:
    """Name for each file that must stay the one whose renewals would else count as fewer."""
    counts = _counts(bare, bundles, frozenset())
    living = sorted(counts.keys() - going)
    gone: set[str] = set()
    kept: dict[str, str] = {}
    for name in sorted(going):
        without = _counts(bare, bundles, frozenset({*gone, name}))
        loser = next((each for each in living if without[each] < counts[each]), None)
        if loser is None:
            gone.add(name)
        else:
            kept[name] = loser
    return kept


def _counts(bare: Judged, bundles: tuple[Judged, ...], without: frozenset[str]) -> dict[str, int]:
    """Count the renewals as the gate would, were some files not there."""
    every = (_filed(fate.exception) for fate in bare.fates if fate.exception.id not in without)
    counts = renewals(every)
    for judged in bundles:
        left = tuple(
            _with_renewals(fate, counts[fate.exception.id])
            for fate in judged.fates
            if fate.exception.id not in without
        )
        refiled = Refiled(left)
        counts |= {fate.exception.id: refiled.renewals(fate) for fate in left}
    return counts


def _with_renewals(fate: Fate, count: int) -> Fate:
    one = msgspec.structs.replace(fate.exception, renewals=count)
    return msgspec.structs.replace(fate, exception=one)


def _filed(one: PolicyException) -> Filed:
    package = unversioned(one.purl) if one.purl else ""
    target = (one.vulnerability, package, one.artifact, one.match_key, *one.paths)
    return Filed(
        id=one.id,
        supersedes=one.supersedes,
        created=one.created,
        target=tuple(part or "" for part in target),
    )
