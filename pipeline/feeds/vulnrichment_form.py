"""The form of Vulnrichment's snapshot, which one module writes and another reads."""

from typing import Final

NAME: Final = "vulnrichment"
COLUMNS: Final = "cve,exploitation,automatable,technical_impact,day"
