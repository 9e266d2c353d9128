"""What else is lost with a process that several stages share."""

from collections.abc import Mapping
from typing import Final, NamedTuple

_OF_TRIVY: Final = frozenset({"image", "config", "secrets", "packages", "sbom"})


class Shared(NamedTuple):
    """A tool that crashes, always or when it is asked one kind of question, and who misses it."""

    tool: str
    only: str
    """The first word of its command line; empty for any."""
    stages: frozenset[str]

    @property
    def script(self) -> str:
        """The shell that runs before the real tool does."""
        return f'case "$1" in {self.only or "*"}) kill -SEGV $$;; esac'


SHARED: Final[Mapping[str, Shared]] = {
    "semgrep": Shared("semgrep", "", frozenset({"semgrep"})),
    "pip-audit": Shared("pip-audit", "", frozenset({"pip-audit"})),
    "zizmor": Shared("zizmor", "", frozenset({"workflows"})),
    "cyclonedx-py": Shared("cyclonedx-bom", "", frozenset({"sbom"})),
    "trivy": Shared("trivy", "", _OF_TRIVY),
    "trivy, over the source": Shared("trivy", "fs", _OF_TRIVY - {"image"}),
    "trivy, over the image": Shared("trivy", "image", frozenset({"image", "sbom"})),
    "trivy, over the image's canary": Shared("trivy", "sbom", frozenset({"image"})),
    "trivy, when it converts a report": Shared("trivy", "convert", frozenset({"sbom"})),
}
