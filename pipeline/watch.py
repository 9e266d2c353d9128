"""Who is told while a run goes on."""

from typing import Protocol


class Watcher(Protocol):
    """Told of every stage and step. May draw, log or count; cannot change the run."""

    def started(self, name: str) -> None:
        """Hear that this stage or step began."""

    def noted(self, name: str, text: str) -> None:
        """Hear something worth a line about it."""

    def doing(self, name: str, text: str) -> None:
        """Hear what it is at: of the moment, and worth no line of its own."""

    def ended(self, name: str, summary: str, seconds: float) -> None:
        """Hear that it is over, and in a few words how."""


class Silent:
    """The watcher that says nothing: the default below the command line."""

    def started(self, name: str) -> None:
        """Say nothing."""

    def noted(self, name: str, text: str) -> None:
        """Say nothing."""

    def doing(self, name: str, text: str) -> None:
        """Say nothing."""

    def ended(self, name: str, summary: str, seconds: float) -> None:
        """Say nothing."""
