"""What was not looked at, and why."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from pipeline.errors import PenstockError


class GapClass(StrEnum):
    """What kind of trust a gap takes away."""

    INTEGRITY = "integrity"
    EVIDENCE = "evidence"
    ENRICHMENT = "enrichment"
    TIME = "time"


class GapReason(StrEnum):
    """The closed list of reasons for which a target has no answer."""

    NO_TARGETS = "no_targets"
    NOT_READ = "not_read"
    PARSE_ERROR = "parse_error"
    TIMEOUT = "timeout"
    RULE_ERROR = "rule_error"
    IGNORED_BY_TOOL = "ignored_by_tool"
    EXCLUDED = "excluded"
    NOT_LISTED = "not_listed"
    UNPINNED = "unpinned"
    UNSUPPORTED = "unsupported"
    NO_PACKAGES = "no_packages"
    THIRD_PARTY = "third_party"
    AMBIGUOUS_IMAGE = "ambiguous_image"
    REMOTE_MODULE = "remote_module"
    LINK_OUTSIDE = "link_outside"
    SUBMODULE = "submodule"
    LFS_POINTER = "lfs_pointer"
    NO_RULES = "no_rules"
    TOOL_MISSING = "tool_missing"
    TOOL_UNLOCKED = "tool_unlocked"
    TOOL_DENIED = "tool_denied"
    TOOL_FAILED = "tool_failed"
    TOOL_OUTPUT = "tool_output"
    FEED_MISSING = "feed_missing"
    FEED_STALE = "feed_stale"
    FEED_FUTURE = "feed_future"
    FEED_EXCERPT = "feed_excerpt"
    FEED_BROKEN = "feed_broken"
    CANARY_MISSED = "canary_missed"
    DIGEST_MISMATCH = "digest_mismatch"
    POLICY_UNTRUSTED = "policy_untrusted"
    BASE_MISSING = "base_missing"
    CLOCK = "clock"
    INTERRUPTED = "interrupted"
    LIMIT = "limit"


_OTHER_CLASSES: Final[Mapping[GapReason, GapClass]] = {
    GapReason.AMBIGUOUS_IMAGE: GapClass.INTEGRITY,
    GapReason.TOOL_UNLOCKED: GapClass.INTEGRITY,
    GapReason.TOOL_DENIED: GapClass.INTEGRITY,
    GapReason.FEED_BROKEN: GapClass.INTEGRITY,
    GapReason.CANARY_MISSED: GapClass.INTEGRITY,
    GapReason.DIGEST_MISMATCH: GapClass.INTEGRITY,
    GapReason.POLICY_UNTRUSTED: GapClass.INTEGRITY,
    GapReason.BASE_MISSING: GapClass.INTEGRITY,
    GapReason.FEED_STALE: GapClass.TIME,
    GapReason.FEED_FUTURE: GapClass.TIME,
    GapReason.CLOCK: GapClass.TIME,
}
"""Every reason that is not here takes away evidence."""


def class_of(reason: GapReason) -> GapClass:
    """Return the class to which a reason belongs."""
    return _OTHER_CLASSES.get(reason, GapClass.EVIDENCE)


class Gap(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that was asked and not answered."""

    stage: str | None
    """None where the gap belongs to the whole run."""
    target: str | None
    """A name from the stage's `asked`, or None for the whole stage."""
    reason: GapReason
    detail: str = ""
    """A sentence for people. Tools may have had a say in it: escape it where it is printed."""

    @property
    def gap_class(self) -> GapClass:
        """What this gap takes away."""
        return class_of(self.reason)


class ToolError(PenstockError):
    """A stage has no answer: raised by `commands` and `parse`, caught by the runner alone."""

    def __init__(self, reason: GapReason, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
