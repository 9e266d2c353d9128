"""Snapshots that are not taken, however well they were fetched."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.feeds.base import instant
from pipeline.feeds.lockfile import LOCK, Locked
from pipeline.model.artifact import Feed

_LEAST: Final = 0.9
"""Of the records that are held. What is published grows; a file that shrinks by more was cut."""
_SKEW: Final = timedelta(minutes=10)
"""How far clocks may differ."""


def refuse(fetched: Feed, held: Iterable[Locked], folder: Path, now: datetime) -> None:
    """Raise PenstockError for a snapshot of the future, or one that is less than what is held."""
    updated = instant(fetched.updated)
    if updated is None or updated > now + _SKEW:
        raise PenstockError(
            f"the {fetched.name} feed that was fetched is of {fetched.updated}, "
            f"and it is {now:%Y-%m-%dT%H:%M:%SZ} here: it was not taken",
            hint="set this machine's clock right; where it is right, fetch it from elsewhere: "
            f"penstock feeds sync {fetched.name} --mirror URL",
        )
    for one in held:
        if why := _lacks(fetched, updated, one):
            raise PenstockError(
                f"the {fetched.name} feed that was fetched {why}: it was not taken",
                hint="check its source. Who is sure that it is right removes what is held, "
                f"{folder / fetched.name} and [feeds.{fetched.name}] in {folder / LOCK}, "
                "and syncs again",
            )


def _lacks(fetched: Feed, updated: datetime, held: Locked) -> str:
    """Say what a snapshot lacks that the one which is held has; empty where nothing."""
    then = instant(held.updated)
    if then is not None and updated < then:
        return f"is of {fetched.updated}, older than the one in place ({held.updated})"
    if fetched.records < held.records * _LEAST:
        return f"has {fetched.records} records, and the one in place {held.records}"
    return ""
