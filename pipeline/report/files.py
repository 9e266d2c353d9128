"""The reports that every bundle holds."""

from pipeline.model.record import RunRecord
from pipeline.report import FORMATS
from pipeline.report.base import Style


def bundle_reports(record: RunRecord) -> dict[str, bytes]:
    """Render every format that has a file name, for a reader without a terminal."""
    return {
        one.FILE: one.render(record, Style()).encode("utf-8", "backslashreplace")
        for one in FORMATS.values()
        if one.FILE is not None
    }
