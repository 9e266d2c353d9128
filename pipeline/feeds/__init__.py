"""Dated snapshots of other people's knowledge. To add one, write its module and its line here."""

from collections.abc import Mapping
from typing import Final

from pipeline.feeds import epss, kev, osv, trivy_db, vulnrichment
from pipeline.feeds.base import EnrichingKind, FeedKind

ENRICHING: Final[Mapping[str, EnrichingKind]] = {
    "kev": kev,
    "epss": epss,
    "vulnrichment": vulnrichment,
}
"""Feeds that no scanner reads: they say more about what scanners found."""
FEEDS: Final[Mapping[str, FeedKind]] = {"osv": osv, "trivy_db": trivy_db, **ENRICHING}
ON_REQUEST: Final = frozenset({"vulnrichment"})
"""Feeds that are large and that no default needs: fetched by name, and kept fresh once there."""
