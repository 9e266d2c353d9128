"""A break-glass record: somebody who may lets a deployer accept one FAIL, for a day at the most."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from pipeline.errors import Where

LONGEST: Final = timedelta(hours=24)
PREFIX: Final = "break-glass/"
"""Of its folder, and of its id among signatures and authors."""


class BreakGlass(msgspec.Struct, frozen=True, kw_only=True):
    """A record as its file says it."""

    id: str
    commit: str
    reason: str
    requester: str
    ticket: str
    created: datetime
    expires: datetime
    digest: str
    """`sha256:…` of the file."""
    place: Where
