"""What the feeds say about published advisories, as far as a run needs it."""

from collections.abc import Mapping

import msgspec

from pipeline.model.assessment import Assessment
from pipeline.model.exposure import Stated


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A CVE in the catalogue of exploited ones."""

    added: str
    due: str
    ransomware: bool


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What findings are enriched with. None: no such feed was read, so that nothing follows."""

    kev: Mapping[str, Listing] | None = None
    """By CVE, every entry of the catalogue."""
    epss: Mapping[str, float] | None = None
    """By CVE, the scores of those that were asked about."""
    vulnrichment: Mapping[str, Assessment] | None = None
    """By CVE, CISA's answers about those that were asked about."""
    exposures: tuple[Stated, ...] = ()
    """What the configuration says of who can reach what."""
