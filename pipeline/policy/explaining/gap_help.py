"""What to do about a missing answer, by its reason. A new reason needs its line here."""

from collections.abc import Iterable, Mapping
from typing import Final

from pipeline.model.gap import GapReason
from pipeline.model.verdict import Unanswered

_SYNC: Final = "penstock feeds sync (where: penstock doctor)"
HELP: Final[Mapping[GapReason, str]] = {
    GapReason.NO_TARGETS: "name its targets, or let the policy demand the stage when_present",
    GapReason.NOT_READ: "make the file readable, smaller or text; or let the policy exclude it",
    GapReason.PARSE_ERROR: "mend the file's syntax at the place that the tool names",
    GapReason.TIMEOUT: "run again with more time for the stage, or split the target",
    GapReason.RULE_ERROR: "mend the rule file that is named; Penstock's own rules: report it",
    GapReason.IGNORED_BY_TOOL: "move, rename or convert it, so that the scanner reads it",
    GapReason.EXCLUDED: "run it without --skip, --only and exclude, or allow it in the policy",
    GapReason.NOT_LISTED: "run again; where it stays, tolerate it by name or report it",
    GapReason.UNPINNED: "commit a lock file, or name one exact version",
    GapReason.UNSUPPORTED: "use a form that the stage reads, or tolerate it by name and date",
    GapReason.NO_PACKAGES: "scan an image with its package database, or set no_os for it",
    GapReason.THIRD_PARTY: "install the distribution's own, or tolerate it by name and date",
    GapReason.AMBIGUOUS_IMAGE: "name one platform by --platform, or one image by its digest",
    GapReason.REMOTE_MODULE: "keep the module in the tree, so that it can be looked at",
    GapReason.LINK_OUTSIDE: "put the file itself into the tree instead of the link",
    GapReason.SUBMODULE: "check it out: git submodule update --init",
    GapReason.LFS_POINTER: "fetch the file itself: git lfs pull",
    GapReason.NO_RULES: "look at it yourself; code: rules in the policy's semgrep/ folder",
    GapReason.TOOL_MISSING: "install what is named; a scanner: penstock tools install",
    GapReason.TOOL_UNLOCKED: "install the locked scanners: penstock tools install",
    GapReason.TOOL_DENIED: "the policy refuses it: penstock tools install, penstock doctor",
    GapReason.TOOL_FAILED: "read its message in raw/ of the bundle, then: penstock doctor",
    GapReason.TOOL_OUTPUT: "install the locked version anew: penstock tools install",
    GapReason.FEED_MISSING: f"fetch it: {_SYNC}",
    GapReason.FEED_STALE: f"fetch a newer one: {_SYNC}",
    GapReason.FEED_FUTURE: "set this machine's clock right; else fetch it: see penstock doctor",
    GapReason.FEED_EXCERPT: f"fetch the whole of it: {_SYNC}",
    GapReason.FEED_BROKEN: f"fetch it anew: {_SYNC}",
    GapReason.CANARY_MISSED: "the scanner found not even its canary: penstock tools install",
    GapReason.DIGEST_MISMATCH: "something was altered: build or fetch it again, and scan that",
    GapReason.POLICY_UNTRUSTED: "take it from the base commit (--base), or keep it out of the tree",
    GapReason.BASE_MISSING: "fetch the commit that the change is held against (full history)",
    GapReason.CLOCK: "set this machine's clock right, and run again",
    GapReason.INTERRUPTED: "run again, and let it come to its end",
    GapReason.LIMIT: "give it less at once, or more memory, and run again",
}
OF_REPORTS: Final[Mapping[GapReason, str]] = {
    GapReason.NOT_LISTED: "import a report that lists it, accept unlisted_targets, or ask less",
    GapReason.TOOL_UNLOCKED: "let evidence.imports of the policy name the tool for the stage",
    GapReason.TOOL_DENIED: "import a report of another release: the policy refuses this one",
    GapReason.TOOL_FAILED: "let the scanner come to its end, and import the new report",
    GapReason.TOOL_OUTPUT: "import a report that says it, or accept that in evidence.imports",
    GapReason.FEED_MISSING: "fetch it: penstock feeds sync; of a report: accept undated_feed",
    GapReason.FEED_STALE: "a report: scan again and import that; a feed: penstock feeds sync",
    GapReason.DIGEST_MISMATCH: "scan the revision that is checked out, and import that report",
    GapReason.POLICY_UNTRUSTED: "take the policy from --base; write reports where git tracks none",
}
"""What else is to be done where it was not Penstock that looked."""


def help_for(missing: Iterable[Unanswered], *, imported: bool) -> dict[GapReason, str]:
    """Say of each reason that occurs what to do, in the order of first mention."""
    known = {**HELP, **OF_REPORTS} if imported else HELP
    return {one.reason: known[one.reason] for one in missing}
