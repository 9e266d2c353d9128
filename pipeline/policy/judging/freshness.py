"""Whether what the scanners know is whole, of today, and not of tomorrow."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pipeline.model.artifact import Feed
from pipeline.model.gap import Gap, GapClass, GapReason
from pipeline.model.outcome import Completed, StageEvidence
from pipeline.model.verdict import Unanswered
from pipeline.policy.case import Case
from pipeline.policy.model import DEFAULT_FEED_AGE, StageDemand

_SKEW: Final = timedelta(minutes=10)
"""How far clocks may differ."""


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
    accepted = feed.excerpt and case.policy.demands.accept_excerpts
    if feed.excerpt and not accepted:
        told = f"{feed.name} is an excerpt; sync the whole feed, or accept excerpts for a demo"
        yield GapReason.FEED_EXCERPT, told
    updated = instant(feed.updated)
    if updated is None:
        yield GapReason.FEED_BROKEN, f"{feed.name} says no date: {feed.updated!r}"
    elif updated > case.instant + _SKEW:
        yield GapReason.FEED_FUTURE, f"{feed.name} is of {feed.updated}, after this judgement"
    elif not accepted and case.instant - updated > timedelta(hours=hours):
        told = f"{feed.name} is of {feed.updated}, older than {hours} hours; `penstock feeds sync`"
        yield GapReason.FEED_STALE, told


def instant(text: str) -> datetime | None:
    """Read an RFC 3339 instant; None for what is none or has no time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def enrichment(case: Case) -> Iterator[Unanswered]:
    """List feeds about findings that the policy requires and nobody supplied in time."""
    supplied = {feed.name: feed for one in case.stages for feed in one.feeds}
    for name, wanted in case.policy.demands.enrichment.items():
        if not wanted.required:
            continue
        feed = supplied.get(name)
        if feed is None:
            told = f"evidence.enrichment.{name} is required, and this run had no such feed"
            yield _missing(name, GapReason.FEED_MISSING, told)
            continue
        for reason, detail in _faults(case, feed, wanted.max_age_hours):
            yield _missing(name, reason, detail)


def _missing(name: str, reason: GapReason, detail: str) -> Unanswered:
    return Unanswered(
        stage=None, target=name, gap_class=GapClass.ENRICHMENT, reason=reason, detail=detail
    )
