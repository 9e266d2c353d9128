"""Whether the snapshots of a folder are the ones that its `feeds.lock` notes."""

from pathlib import Path

from pipeline.feeds import FEEDS, places
from pipeline.feeds.lockfile import LOCK, Lock
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError


def names(folder: Path, lock: Lock) -> tuple[str, ...]:
    """Name every feed that the lock notes or that lies in the folder."""
    return tuple(name for name in FEEDS if name in lock.feeds or (folder / name).exists())


def verify(name: str, folder: Path, lock: Lock) -> Feed | ToolError:
    """Read all of a snapshot, and hold what it is against what was noted."""
    one = places.opened(name, folder / name, places.command(name, folder))
    if isinstance(one, ToolError):
        return one
    noted = lock.feeds.get(name)
    if noted is None:
        return ToolError(
            GapReason.DIGEST_MISMATCH,
            f"nothing vouches for the {name} feed at {folder / name}: "
            f"{folder / LOCK} is not there, or does not note it",
            hint=f"restore {LOCK}, or remove the feed and fetch it anew with: "
            f"{places.command(name, folder)}",
        )
    unlike = noted.unlike(one)
    if not unlike:
        return one
    return ToolError(
        GapReason.DIGEST_MISMATCH,
        f"the {name} feed at {folder / name} is not the one in {folder / LOCK}: "
        f"{'; '.join(unlike)}",
        hint="one of the two was changed: restore it, or remove both and fetch it anew with: "
        f"{places.command(name, folder)}",
    )
