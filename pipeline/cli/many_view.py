"""Shows a judgement of more findings than a report could list: the worst, and the sums."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline.cli.terminal import output
from pipeline.model.record import RunRecord
from pipeline.report import json_v1

WHOLE: Final = "json"
"""The format that lists everything."""


def write(
    record: RunRecord,
    folder: Path,
    wanted: tuple[output.Wanted, ...],
    environment: Mapping[str, str],
) -> None:
    """Write each format; the one that lists everything piece by piece, from files in a folder."""
    for one in wanted:
        if one.name == WHOLE and record.sums is not None:
            _listed(record, folder, one)
        else:
            output.write(record, (one,), environment)


def _listed(record: RunRecord, folder: Path, wanted: output.Wanted) -> None:
    with (
        (folder / "findings.ndjson").open("rb") as findings,
        (folder / "verdict.json").open("rb") as verdict,
    ):
        pieces = json_v1.pieces(record, findings, verdict)
        output.put_pieces(pieces, wanted.file, wanted.name)
