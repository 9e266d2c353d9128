"""Whether this machine's clock can be right: no commit is from the future."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipeline.config.base import Base, repository_of
from pipeline.errors import PenstockError
from pipeline.model.gap import Gap, GapReason
from pipeline.toolchain import objects
from pipeline.toolchain.git import commit

_PATIENCE: Final = 600
"""Seconds by which two honest clocks may differ."""
_SHOWN: Final = 1 << 37
"""Beyond this an instant has no date that can be shown."""


def clock_gaps(target: Path, base: Base | None, now: datetime) -> tuple[Gap, ...]:
    """Say which commit is later than the clock says that it is."""
    moments = () if base is None else (("the base commit", base.committed),)
    return tuple(
        Gap(stage=None, target=None, reason=GapReason.CLOCK, detail=told)
        for what, moment in (*moments, *_head(target))
        for told in _odd(what, moment, now)
    )


def _head(target: Path) -> Iterator[tuple[str, int | None]]:
    repository = repository_of(target)
    if repository is None:
        return
    try:
        head = commit(repository)
        if head is not None:
            yield "HEAD", objects.read_commit(repository, head).committed
    except PenstockError:
        return  # the inventory reads HEAD too, and says what is wrong with it


def _odd(what: str, moment: int | None, now: datetime) -> Iterator[str]:
    if moment is None:
        yield f"{what} does not say when it was made"
    elif moment > now.timestamp() + _PATIENCE:
        made = datetime.fromtimestamp(moment, UTC).isoformat() if moment < _SHOWN else str(moment)
        told = f"{what} is from {made}, and the clock says {now.isoformat()}"
        yield f"{told}: set the clock, or mend the commit"
