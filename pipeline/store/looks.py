"""What a run proved to be absent: a stage that looked at a target and said nothing of it."""

from collections.abc import Iterable
from typing import Final

import msgspec

from pipeline.model.artifact import Tool, sha256_of
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Completed, Failed, Skipped, SkipReason, StageEvidence
from pipeline.model.references import repository

IMAGE: Final = "image"
_MOST_SILENT: Final = 5000
"""With more targets than these unanswered a stage proves nothing, and its look stays small."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that was asked about everything, and which targets it gave no answer for."""

    stage: str
    at: str
    """The instant of the run, RFC 3339 in UTC."""
    tools: tuple[str, ...]
    asked: int
    targets: str
    """Digest of the names of what was asked."""
    silent: tuple[str, ...]
    images: tuple[str, ...] = ()
    """The repositories of the images that were asked about. One that was not may be there too."""

    def sees(self, target: str) -> bool:
        """Say whether nothing in a target could have stayed unseen."""
        if self.stage == IMAGE and repository(target) not in self.images:
            return False
        return not any(one == target or one.startswith(f"{target}#") for one in self.silent)


def look(evidence: StageEvidence, *, at: str, targets: Iterable[str] = ()) -> Look | None:
    """Return what a stage's evidence proves; None where it proves no absence at all."""
    silent, names = _silent(evidence), tuple(targets)
    if silent is None or any(feed.excerpt for feed in evidence.feeds):
        return None
    return Look(
        stage=evidence.stage,
        at=at,
        tools=scanners(evidence.tools),
        asked=evidence.outcome.asked,
        targets=digest_of(names),
        silent=silent,
        images=tuple(sorted(map(repository, names))) if evidence.stage == IMAGE else (),
    )


def scanners(tools: Iterable[Tool]) -> tuple[str, ...]:
    """Name the programs of a stage, so that another version is another scanner."""
    return tuple(sorted(f"{tool.name} {tool.version} {tool.sha256}" for tool in tools))


def digest_of(targets: Iterable[str]) -> str:
    """Return the digest of a list of names, in any order."""
    return sha256_of("\0".join(sorted(targets)).encode("utf-8", "backslashreplace"))


def _silent(evidence: StageEvidence) -> tuple[str, ...] | None:
    match evidence.outcome:
        case Completed(gaps=gaps):
            # A file that no rule reads has no findings to miss.
            gaps = tuple(gap for gap in gaps if gap.reason is not GapReason.NO_RULES)
            named = {gap.target for gap in gaps if gap.target is not None}
            whole = any(gap.target is None for gap in gaps)
            silent = sorted(named | {one.path for one in evidence.excluded})
            return None if whole or len(silent) > _MOST_SILENT else tuple(silent)
        case Skipped(why=SkipReason.NOT_APPLICABLE):
            return tuple(sorted(one.path for one in evidence.excluded))
        case Failed() | Skipped():
            return None
