"""What exceptions let others be told, where it was exported: the document is the predicate."""

import json
from collections.abc import Iterator
from typing import Final

from pipeline.attest.base import Evidence, Said

TYPE: Final = "https://openvex.dev/ns"
"""The bare address, as go-vex, cosign and Trivy compare it."""


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say it where there is something to say."""
    if evidence.vex is not None:
        yield Said(name="vex", predicate=json.loads(evidence.vex))
