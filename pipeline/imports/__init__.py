"""Reports that were made elsewhere. To add a format, write its module and add its line here."""

from collections.abc import Mapping
from typing import Final

from pipeline.imports import cyclonedx, osv, pip_audit, sarif, trivy
from pipeline.imports.base import Reader

FORMATS: Final[Mapping[str, Reader]] = {
    "sarif": sarif,
    "cyclonedx": cyclonedx,
    "trivy": trivy,
    "pip-audit": pip_audit,
    "osv": osv,
}
"""In the order in which a file is held against them."""
