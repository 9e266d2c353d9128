"""Keeps the worst of many findings, in the memory of a few."""

from typing import Final, TypeAlias

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.severity import RANK
from pipeline.report.sarif import LIMIT
from pipeline.report.summary import LAST, rank

Rank: TypeAlias = tuple[str, int, str, str, str, str]
MOST: Final = LIMIT
"""As many as the longest of the reports lists."""


class Worst:
    """Takes findings one by one, and forgets those that are not among the worst."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._encode = msgspec.json.Encoder().encode
        self._kept: list[tuple[Rank, bytes]] = []
        self._bar: Rank | None = None
        """Where the last of them stands, once there are enough."""

    def take(self, found: Finding) -> None:
        """Keep a finding as long as it is among the worst."""
        if self._bar is not None and self._is_milder(found, self._bar):
            return
        place = rank(found)
        if self._bar is not None and place >= self._bar:
            return
        self._kept.append((place, self._encode(found)))
        if len(self._kept) >= 2 * self._most:
            self._cut()

    @staticmethod
    def _is_milder(found: Finding, bar: Rank) -> bool:
        """Say so by what is looked up fastest: of a million most are."""
        priority = found.priority or LAST
        return priority > bar[0] or (priority == bar[0] and -RANK[found.severity] > bar[1])

    def _cut(self) -> None:
        self._kept.sort()
        if len(self._kept) >= self._most:
            del self._kept[self._most :]
            self._bar = self._kept[-1][0]

    def findings(self) -> tuple[Finding, ...]:
        """Return the worst of those that were taken, the worst first."""
        self._cut()
        decode = msgspec.json.Decoder(Finding).decode
        return tuple(decode(line) for _, line in self._kept)
