"""Dated snapshots of other people's knowledge. To add one, write its module and its line here."""

from collections.abc import Mapping
from typing import Final

from pipeline.feeds import epss, kev, osv, trivy_db
from pipeline.feeds.base import FeedKind

FEEDS: Final[Mapping[str, FeedKind]] = {"osv": osv, "trivy_db": trivy_db, "kev": kev, "epss": epss}
ENRICHING: Final = (kev.NAME, epss.NAME)
"""Feeds that no scanner reads: they say more about what scanners found."""
