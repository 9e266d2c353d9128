"""The image's bill of materials, as it is (in-toto: the document itself is the predicate)."""

import json
from collections.abc import Iterator
from typing import Final

from pipeline.attest.base import Evidence, Said

TYPE: Final = "https://cyclonedx.org/bom"
"""Without a version: cosign and Trivy compare the bare address."""


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say it where the image was taken apart."""
    found = evidence.boms.get(evidence.image)
    if found is not None:
        yield Said(name="sbom", predicate=json.loads(found))
