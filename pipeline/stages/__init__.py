"""The stages, each a folder with its `stage.py` and what that needs; `trivy` is shared by four.

To add one, write its module and add its line here.
"""

from collections.abc import Mapping
from typing import Final

from pipeline.stages.base import Stage
from pipeline.stages.config import stage as config
from pipeline.stages.image import stage as image
from pipeline.stages.packages import stage as packages
from pipeline.stages.pip_audit import stage as pip_audit
from pipeline.stages.sbom import stage as sbom
from pipeline.stages.secrets import stage as secrets
from pipeline.stages.semgrep import stage as semgrep
from pipeline.stages.workflows import stage as workflows

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
