"""A watcher that remembers what it heard."""


class Heard:
    """Keeps notes and endings in order."""

    def __init__(self) -> None:
        self.starts: list[str] = []
        self.notes: list[tuple[str, str]] = []
        self.ends: list[str] = []

    def started(self, name: str) -> None:
        self.starts.append(name)

    def noted(self, name: str, text: str) -> None:
        self.notes.append((name, text))

    def doing(self, name: str, text: str) -> None:
        """It is no note."""

    def ended(self, name: str, summary: str, seconds: float) -> None:
        self.ends.append(name)
