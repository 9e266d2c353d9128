"""Reports that were made elsewhere. To add a format, write its module and add its line here."""

from collections.abc import Mapping
from typing import Final

from pipeline.imports import sarif
from pipeline.imports.base import Reader

FORMATS: Final[Mapping[str, Reader]] = {
    "sarif": sarif,
}
