"""What a supervisor is told on its command line."""

import os

from pipeline.programs.sandbox import Walls

_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW


class Job:
    """A tool, the walls around it, and its limits.

    Lists are preceded by their length; whatever is left at the end is the tool's command line.
    """

    def __init__(self, words: list[str]) -> None:
        rest = iter(words)
        network, wanted = next(rest), next(rest)
        self.timeout, self.idle, self.grace = (float(next(rest)) for _ in range(3))
        self.max_report, self.max_noise = int(next(rest)), int(next(rest))
        self.max_memory, self.max_disk = int(next(rest)), int(next(rest))
        stdout, stderr = next(rest), next(rest)
        self.report, self.cwd = next(rest), next(rest)
        reads = [next(rest) for _ in range(int(next(rest)))]
        self.writes = [next(rest) for _ in range(int(next(rest)))]
        self.walls = Walls(network, wanted, reads, self.writes)
        self.argv = list(rest)
        self.out = os.open(stdout, _FRESH, 0o600)
        self.err = os.open(stderr, _FRESH, 0o600)

    def sizes(self) -> tuple[int, int, int]:
        """Return how much was written to standard output, standard error and the report."""
        report = 0
        if self.report:
            try:
                report = os.lstat(self.report).st_size
            except OSError:
                report = 0
        return os.fstat(self.out).st_size, os.fstat(self.err).st_size, report

    def flooded(self, sizes: tuple[int, int, int]) -> bool:
        """Tell whether one of them is over its cap."""
        out, err, report = sizes
        max_out = self.max_noise if self.report else self.max_report
        return out > max_out or err > self.max_noise or report > self.max_report
