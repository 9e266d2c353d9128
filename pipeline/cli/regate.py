"""Judges a bundle of more findings than a report could list, one by one."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.bundle.lengthy import lines_of
from pipeline.bundle.read import BundleError, read
from pipeline.cli import many_view, rejudge
from pipeline.cli.terminal import output
from pipeline.policy.case import Judgement
from pipeline.runner import many
from pipeline.runner.again import record_of


def gate(
    bundle: Path,
    others: rejudge.Others,
    *,
    out: str | None,
    wanted: tuple[output.Wanted, ...],
    environment: Mapping[str, str],
    now: datetime,
) -> int:
    """Judge, tell the sums, and return the exit code."""
    stored = read(bundle, short=True)
    case = rejudge.case(stored, others, environment=environment, now=now)
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        try:
            found = lines_of(bundle / "findings.ndjson")
            written = many.again(case, found, Path(folder), keep=_lists_all(wanted))
        except (OSError, msgspec.DecodeError, ValueError) as exc:
            raise BundleError(
                f"the bundle {bundle} cannot be read: {exc}",
                hint="import the reports again; an altered bundle proves nothing",
            ) from exc
        verdict, digest = written.files["verdict.json"]
        if others == rejudge.Others() and digest != stored.run.files["verdict.json"]:
            rejudge.tell_other(stored)
        if out is not None:
            rejudge.put_verdict(Path(out), verdict)
        judged = Judgement(
            verdict=written.verdict,
            findings=written.worst,
            required=tuple(case.policy.required(case.environment).items()),
        )
        record = record_of(stored, judged, case.policy)
        record = msgspec.structs.replace(record, sums=written.sums)
        many_view.write(output.as_typed(record), Path(folder), wanted, environment)
    return judged.verdict.exit_code


def _lists_all(wanted: tuple[output.Wanted, ...]) -> bool:
    return any(one.name == many_view.WHOLE for one in wanted)
