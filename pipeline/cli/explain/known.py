"""Writes what feeds and settings say about a finding, each value with where it is from."""

from collections.abc import Iterator, Mapping

from pipeline.enrich.exposure import stating
from pipeline.model.artifact import Feed
from pipeline.model.exposure import Stated
from pipeline.model.finding import Finding, Kind
from pipeline.policy.explaining.ages import Age


def lines(
    found: Finding, feeds: tuple[Feed, ...], exposures: tuple[Stated, ...] = ()
) -> Iterator[str]:
    """Write who can reach it, and of a package's defect how urgent it is and why."""
    yield from _exposure(found, exposures)
    if found.kind is not Kind.SCA:
        return
    named = {feed.name: feed for feed in feeds}
    yield f"    exploited  {_exploited(found, named)}"
    yield f"    likely     {_likely(found, named)}"
    yield from _assessed(found, named)
    if found.ssvc is not None:
        others = ", ".join(row for row in found.ssvc_possible if row != found.ssvc)
        doubt = f"  (or {others}: not all is known)" if others else ""
        yield f"    BOD 26-04  {found.ssvc}{doubt}"
    if found.withdrawn is not None:
        kept = "it is exploited all the same" if found.kev else "what would fail warns"
        yield f"    withdrawn  {found.withdrawn}: {kept}"


def dates(found: Finding, age: Age) -> Iterator[str]:
    """Write how old it is, since when everybody knows of it, and by when it must be gone."""
    said = []
    if found.advisory_published:
        said.append(f"advisory {found.advisory_published[:10]}")
    if found.advisory_published or found.first_seen:
        said.append(f"first seen {found.first_seen or 'unknown'}")
    if age.exposure_days is not None:
        said.append(f"public for {age.exposure_days} d")
    if said:
        days = "" if age.days is None else f"{f'{age.days} d':<17}"
        yield f"    age        {days}{', '.join(said)}"
    if age.due is not None and age.days_left is not None:
        left = f"{age.days_left} d left" if age.days_left >= 0 else f"{-age.days_left} d overdue"
        yield f"    due        {age.due:<16} {left}; {found.priority} has {age.window} d"


def _exposure(found: Finding, exposures: tuple[Stated, ...]) -> Iterator[str]:
    """Name the lines of the configuration that speak of it; without any there is nothing to say."""
    if not exposures and found.exposure is None:
        return
    word = found.exposure or "unknown"
    yield f"    exposure   {word:<16} {_stated(found, stating(found, exposures))}"


def _stated(found: Finding, by: tuple[Stated, ...]) -> str:
    if not by:
        return "a scanner says so" if found.exposure else "nobody states it: it counts as public"
    agreed = all(one.exposure == found.exposure for one in by)
    return ", ".join(one.source if agreed else f"{one.exposure} by {one.source}" for one in by)


def _assessed(found: Finding, named: Mapping[str, Feed]) -> Iterator[str]:
    answers = (("automated", found.automatable), ("impact", found.technical_impact))
    if "vulnrichment" not in named and not any(word for _, word in answers):
        return
    for label, word in answers:
        by = _source("vulnrichment", named) if word else "CISA does not say it of all of its CVEs"
        yield f"    {label:<10} {word or 'unknown':<16} {by}"


def _exploited(found: Finding, named: Mapping[str, Feed]) -> str:
    if found.kev:
        due = f", due {found.kev_due}" if found.kev_due else ""
        return f"{'yes' + due:<16} {_source('kev', named)}"
    if found.kev is False:
        return f"{'not listed':<16} {_source('kev', named)}"
    why = "no CVE to look up" if "kev" in named else "no catalogue was read"
    return f"{'unknown':<16} {why}"


def _likely(found: Finding, named: Mapping[str, Feed]) -> str:
    if found.epss is not None:
        return f"{found.epss:<16.5f} {_source('epss', named)}"
    why = "it has no score" if "epss" in named else "no table was read"
    return f"{'unknown':<16} {why}"


def _source(name: str, named: Mapping[str, Feed]) -> str:
    feed = named.get(name)
    if feed is None:
        return "a scanner says so"
    excerpt = ", an excerpt" if feed.excerpt else ""
    version = f" {feed.version}" if feed.version else ""
    return f"{name}{version} of {feed.updated[:10]}{excerpt}"
