"""Whether a finding was there before, by something that the change could not have made."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from pipeline.model.finding import Finding, State
from pipeline.store.line import Line, subject_of
from pipeline.store.looks import Look
from pipeline.store.match import Trace, matched


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What was found before, and what had been looked at for it."""

    traces: tuple[Trace, ...] = ()
    looks: Mapping[str, Look] = {}


def of_findings(findings: Iterable[Finding], looks: Iterable[Look]) -> Baseline:
    """Take the findings of an earlier run."""
    return Baseline(traces=tuple(map(trace_of, findings)), looks={one.stage: one for one in looks})


def of_line(line: Line) -> Baseline:
    """Take what is open on a branch."""
    return Baseline(
        traces=tuple(
            Trace(row.tracks, subject)
            for row in line.rows
            if row.gone is None
            for subject in row.subjects
        ),
        looks=line.looks,
    )


def trace_of(finding: Finding) -> Trace:
    """Return a finding as far as the comparison goes."""
    return Trace(finding.track_ids, subject_of(finding))


def states(
    findings: Sequence[Finding], before: Baseline, scanners: Mapping[str, tuple[str, ...]]
) -> tuple[State, ...]:
    """Say of each finding whether it is new; unknown where other scanners looked, or none did."""
    known = matched([trace_of(one) for one in findings], before.traces)
    return tuple(
        _STATES[place in known] if _comparable(finding, before, scanners) else State.UNKNOWN
        for place, finding in enumerate(findings)
    )


_STATES: Final = {True: State.EXISTING, False: State.NEW}


def _comparable(
    finding: Finding, before: Baseline, scanners: Mapping[str, tuple[str, ...]]
) -> bool:
    """Say whether the same scanners would have found it then, had it been there."""
    for stage in finding.sources:
        look = before.looks.get(stage)
        if look is None or not look.sees(finding.target):
            return False
        # Where there was nothing to look at, no scanner could have seen more.
        if look.asked and look.tools != scanners.get(stage):
            return False
    return True
