"""What a report that somebody else's run left says of itself, and what it leaves open."""

from enum import StrEnum

import msgspec


class Lack(StrEnum):
    """What a report may leave open although it was written as its format says."""

    UNLISTED_TARGETS = "unlisted_targets"
    """It does not name the targets that were looked at."""
    UNSAID_CHECKS = "unsaid_checks"
    """It does not say what was looked for."""
    UNSAID_END = "unsaid_end"
    """It does not say whether its tool came to its end."""
    UNDATED_FEED = "undated_feed"
    """It does not say of what day the advisories are that its tool knew."""
    UNPLACED_RESULTS = "unplaced_results"
    """It has results that lie at no path of the tree, so that no rule about paths can meet them."""


class ImportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read. It is not kept: nobody can say what of it must not be shown."""

    name: str
    """As it was named on the command line."""
    format: str
    sha256: str
    size: int


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stage's answer came from, when it was not Penstock that asked."""

    tool: str
    version: str
    made: str
    """RFC 3339, UTC: when it was made, the earliest of several."""
    targets: tuple[str, ...]
    """What it was asked about; sorted."""
    lacks: tuple[Lack, ...]
    """What it leaves open; sorted."""
    typed: tuple[str, ...]
    """What of this the command line said: made, target, tool, version."""
    files: tuple[ImportedFile, ...]
