"""The report formats. To add one, write its module and add its line here."""

from collections.abc import Mapping
from typing import Final

from pipeline.report import event, github, json_v1, markdown, sarif, text
from pipeline.report.base import Format

FORMATS: Final[Mapping[str, Format]] = {
    "text": text,
    "json": json_v1,
    "sarif": sarif,
    "markdown": markdown,
    "github": github,
    "event": event,
}
