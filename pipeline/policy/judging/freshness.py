"""Whether what the scanners know is whole, of today, and not of tomorrow."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from pipeline.model.artifact import Feed
from pipeline.model.gap import Gap, GapClass, GapReason
from pipeline.model.outcome import Completed, StageEvidence
from pipeline.model.verdict import Unanswered
from pipeline.policy.case import Case
from pipeline.policy.demand import DEFAULT_ENRICHMENT_AGE, DEFAULT_FEED_AGE, StageDemand

SKEW: Final = timedelta(minutes=10)
"""How far clocks may differ."""
_SILENT: Final[Mapping[str, timedelta]] = {"kev": timedelta(days=21)}
"""How long a publisher may have nothing new to say. CISA's longest silence since 2023: 18 days."""


def feeds(case: Case, demand: StageDemand, evidence: StageEvidence) -> Iterator[Gap]:
    """List what is wrong with the feeds that a stage was answered by."""
    if not isinstance(evidence.outcome, Completed):
        return
    hours = demand.max_feed_age_hours
    if hours is not None and evidence.outcome.asked and not evidence.feeds:
        told = "answered without a feed, and the policy limits its age"
        yield Gap(stage=evidence.stage, target=None, reason=GapReason.FEED_MISSING, detail=told)
    for feed in evidence.feeds:
        for reason, detail in _faults(case, feed, hours or DEFAULT_FEED_AGE):
            yield Gap(stage=evidence.stage, target=None, reason=reason, detail=detail)


def _faults(case: Case, feed: Feed, hours: int) -> Iterator[tuple[GapReason, str]]:
    return faults(
        feed, hours, instant_of_run=case.instant, excerpts=case.policy.demands.accept_excerpts
    )


def faults(
    feed: Feed, hours: int, *, instant_of_run: datetime, excerpts: bool
) -> Iterator[tuple[GapReason, str]]:
    """List what keeps a snapshot from speaking for today: a reason, and the reason in words."""
    accepted = feed.excerpt and excerpts
    if feed.excerpt and not accepted:
        told = f"{feed.name} is an excerpt; sync the whole feed, or accept excerpts for a demo"
        yield GapReason.FEED_EXCERPT, told
    updated, limit = instant(feed.updated), timedelta(hours=hours)
    if updated is None:
        yield GapReason.FEED_BROKEN, f"{feed.name} says no date: {feed.updated!r}"
    elif updated > instant_of_run + SKEW:
        yield GapReason.FEED_FUTURE, f"{feed.name} is of {feed.updated}, after this judgement"
    elif not accepted and instant_of_run - _speaks_for(feed, updated, instant_of_run) > limit:
        yield GapReason.FEED_STALE, f"{feed.name} is of {feed.updated}, older than {hours} hours"


def _speaks_for(feed: Feed, updated: datetime, now: datetime) -> datetime:
    """Return the instant that a feed speaks for.

    Where its publisher is silent for days, the newest issue is still the newest when it is asked
    for again. Not for ever: a source that was never written again says nothing about today. A clock
    that was ahead when it was fetched says nothing either.
    """
    fetched = instant(feed.fetched)
    if fetched is None or fetched > now + SKEW or feed.name not in _SILENT:
        return updated
    return max(updated, min(fetched, updated + _SILENT[feed.name]))


def instant(text: str) -> datetime | None:
    """Read an RFC 3339 instant; None for what is none or has no time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def enrichment(case: Case) -> Iterator[Unanswered]:
    """List feeds about findings that the policy requires and nobody supplied in time."""
    for name, wanted in case.policy.demands.enrichment.items():
        if wanted.required:
            for reason, detail in _lacking(case, name):
                yield Unanswered(
                    stage=None,
                    target=name,
                    gap_class=GapClass.ENRICHMENT,
                    reason=reason,
                    detail=detail,
                )


def doubts(case: Case) -> Iterator[tuple[str, str]]:
    """List, by name, what is wrong with feeds that were read though no policy requires them."""
    demands = case.policy.demands.enrichment
    for name in sorted(
        {*(f.name for f in case.feeds), *(f.target or "" for f in case.feed_faults)}
    ):
        if name not in demands or not demands[name].required:
            for reason, detail in _lacking(case, name):
                yield name, f"{reason.value}: {detail}"


def changed_models(case: Case) -> Iterator[tuple[str, str]]:
    """List, by name, feeds whose numbers do not compare with those of the snapshot before."""
    for feed in case.feeds:
        if feed.name == "epss" and feed.before not in ("", feed.version):
            told = f"its model changed from {feed.before} to {feed.version}: every score may move"
            yield feed.name, told


def believed(case: Case) -> frozenset[str]:
    """Name the feeds about findings whose silence says something: read, whole and of today."""
    names = (feed.name for feed in case.feeds)
    return frozenset(name for name in names if not any(_lacking(case, name)))


def _lacking(case: Case, name: str) -> Iterator[tuple[GapReason, str]]:
    """List what is wrong with one feed about findings."""
    broken = [fault for fault in case.feed_faults if fault.target == name]
    yield from ((fault.reason, fault.detail) for fault in broken)
    supplied = [feed for feed in case.feeds if feed.name == name]
    if not supplied and not broken:
        told = (
            f"evidence.enrichment.{name} is required, and this run had no such feed; "
            f"fetch it with: penstock feeds sync {name}"
        )
        yield GapReason.FEED_MISSING, told
    demand = case.policy.demands.enrichment.get(name)
    for feed in supplied:
        yield from _faults(case, feed, demand.max_age_hours if demand else DEFAULT_ENRICHMENT_AGE)
