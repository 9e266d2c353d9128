"""What the feeds of a run say about what its scanners found."""

from collections.abc import Iterable, Mapping

import msgspec

from pipeline.enrich.exploited import cves
from pipeline.feeds import ENRICHING
from pipeline.model.artifact import Feed
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, ToolError
from pipeline.model.knowledge import Knowledge
from pipeline.plan.stage import said


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """The knowledge, the feeds that gave it, and those that could not be read."""

    knowledge: Knowledge
    feeds: tuple[Feed, ...]
    faults: tuple[Gap, ...]


def read(opened: Mapping[str, Feed | ToolError], findings: Iterable[Finding]) -> Read:
    """Look up the CVEs of these findings; a feed that cannot be read is a fault, and no more."""
    found = Knowledge()
    feeds: list[Feed] = []
    faults: list[Gap] = []
    wanted = frozenset(name for one in findings for name in cves(one))
    for name in ENRICHING:
        feed = opened.get(name)
        if feed is None:
            continue
        try:
            found = _with(found, feed, wanted)
        except ToolError as error:
            feed = error
        if isinstance(feed, Feed):
            feeds.append(feed)
        else:
            faults.append(Gap(stage=None, target=name, reason=feed.reason, detail=said(feed)))
    return Read(knowledge=found, feeds=tuple(feeds), faults=tuple(faults))


def _with(known: Knowledge, feed: Feed | ToolError, wanted: frozenset[str]) -> Knowledge:
    if isinstance(feed, ToolError):
        raise feed
    return msgspec.structs.replace(known, **{feed.name: ENRICHING[feed.name].told(feed, wanted)})
