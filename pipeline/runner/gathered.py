"""The findings of an import: in memory as long as they are few, else on the disk."""

from pathlib import Path
from typing import Final

from pipeline.enrich.aliases import is_advisory
from pipeline.errors import UsageError
from pipeline.model.finding import Finding
from pipeline.runner.spool import Spool

FEW: Final = 20_000


class Gathered:
    """Takes findings one by one."""

    def __init__(self, folder: Path, *, few: int = FEW) -> None:
        self._spool = Spool(folder)
        self._few = few
        self._advisories = False
        self.findings: list[Finding] = []

    @property
    def spool(self) -> Spool | None:
        """What holds them where they are many."""
        return self._spool if self._spool.count else None

    def add(self, finding: Finding) -> None:
        """Take a finding. Advisories are told apart by what all of them say: they stay together."""
        self._advisories = self._advisories or is_advisory(finding)
        if self._advisories:
            self._refuse_both()
            self.findings.append(finding)
        elif self._spool.count or len(self.findings) >= self._few:
            for one in self.findings:
                self._spool.add(one)
            self.findings.clear()
            self._spool.add(finding)
        else:
            self.findings.append(finding)

    def _refuse_both(self) -> None:
        if self._spool.count:
            raise UsageError(
                "advisories cannot be joined with so many findings of other kinds",
                hint="import the files one by one, each into a bundle of its own",
            )

    def close(self) -> None:
        """Let go of what is on the disk."""
        self._spool.close()
