"""The names of the stages, for whoever needs no stage: loading them all costs a command dearly."""

from typing import Final

STAGE_NAMES: Final = (
    "semgrep",
    "pip-audit",
    "image",
    "config",
    "secrets",
    "packages",
    "workflows",
    "sbom",
)
"""In the order of `pipeline.stages.STAGES`."""
