"""Writes what feeds say about a finding, each value with the snapshot that it is from."""

from collections.abc import Iterator, Mapping

from pipeline.model.artifact import Feed
from pipeline.model.finding import Finding, Kind
from pipeline.policy.explaining.ages import Age


def lines(found: Finding, feeds: tuple[Feed, ...]) -> Iterator[str]:
    """Write whether a package's defect is exploited, likely to be, how urgent, and taken back."""
    if found.kind is not Kind.SCA:
        return
    named = {feed.name: feed for feed in feeds}
    yield f"    exploited  {_exploited(found, named)}"
    yield f"    likely     {_likely(found, named)}"
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
        days = "" if age.days is None else f"{age.days} d"
        yield f"    age        {days:<16} {', '.join(said)}".rstrip()
    if age.due is not None and age.days_left is not None:
        left = f"{age.days_left} d left" if age.days_left >= 0 else f"{-age.days_left} d overdue"
        yield f"    due        {age.due:<16} {left}; {found.priority} has {age.window} d"


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
    return f"{name} {feed.version} of {feed.updated[:10]}{excerpt}"
