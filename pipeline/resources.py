"""Where the data that ships with Penstock is found: in the wheel, or at the top of a checkout."""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent


def _data(name: str) -> Path:
    packed = _PACKAGE / "data" / name
    return packed if packed.exists() else _PACKAGE.parent / name


def packed() -> bool:
    """Say whether the data lies in an installed package, which nobody edits."""
    return (_PACKAGE / "data").exists()


def policies() -> Path:
    """Return the folder of the default policy and of the semgrep rule pack."""
    return _data("policies")


def requirements() -> Path:
    """Return the folder of the hash-locked requirement files of the scanners."""
    return _data("requirements")


def tools() -> Path:
    """Return the folder of the tool lock and of Trivy's build files."""
    return _data("tools")


def tables() -> Path:
    """Return the folder of decision tables that others publish."""
    return _PACKAGE / "tables"


def schemas() -> Path:
    """Return the folder of the JSON Schemas."""
    return _PACKAGE / "schemas"
