"""Finds the scanners that `make tools` installed."""

import os
from pathlib import Path

from pipeline.model.artifact import Tool
from pipeline.toolchain.locate import default_root, locate


def tool(name: str) -> Path:
    """Return the program of an installed tool, verified; the test errors when it is not there."""
    found = locate([name], root=default_root(os.environ), overrides={})[name]
    assert isinstance(found, Tool), found
    return Path(found.path)
