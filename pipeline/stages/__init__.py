"""The stages. To add one, write its module and add its line here."""

from collections.abc import Mapping
from typing import Final

from pipeline.stages import (
    config,
    image,
    packages,
    pip_audit,
    sbom,
    secrets,
    semgrep,
    workflows,
)
from pipeline.stages.base import Stage

STAGES: Final[Mapping[str, Stage]] = {
    "semgrep": semgrep,
    "pip-audit": pip_audit,
    "image": image,
    "config": config,
    "secrets": secrets,
    "packages": packages,
    "workflows": workflows,
    "sbom": sbom,
}
