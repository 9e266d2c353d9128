"""Everything that a report may print: one run, whole."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from pipeline.model.finding import Finding
from pipeline.model.gap import Gap
from pipeline.model.outcome import StageResult
from pipeline.model.severity import Severity
from pipeline.model.verdict import Verdict

SCHEMA: Final = "penstock/run@1"


def readable(text: str) -> str:
    r"""Write bytes of a name that are no UTF-8 as `\xNN`: a record goes into UTF-8 files."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Setting(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A setting's value and where it came from."""

    name: str
    value: str
    origin: str
    """`default`, `flag --env`, `environment PENSTOCK_OUT` or `penstock.toml:3`."""


class HistoryNote(msgspec.Struct, frozen=True, kw_only=True):
    """What the ages and the states of a run's findings rest on."""

    standing: Literal["used", "absent", "unauthenticated", "broken"]
    """What became of the history."""
    detail: str
    baseline: str
    """`store`, `bundle:COMMIT`, or empty where nothing says what was there before."""
    baseline_detail: str
    """Why a baseline that was named is not believed."""


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is of what a record lists the worst of alone."""

    severities: tuple[tuple[Severity, int], ...]
    """Findings by severity, the worst first."""
    breaches: tuple[tuple[str, str, int], ...]
    """(rule, what it says, how many), the most first."""
    warnings: tuple[tuple[str, str, int], ...]
    assumed: tuple[tuple[str, int], ...] = ()
    """By field: how many breaches and warnings rest on a value that nobody knows."""
    uncertain: int = 0
    """How many of them are met only because a value is unknown."""


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A finished run, as the reports see it."""

    penstock: str
    """Our own version."""
    target: str
    started: str
    seconds: float
    settings: tuple[Setting, ...]
    results: tuple[StageResult, ...]
    """In the order of the registry."""
    gaps: tuple[Gap, ...]
    """Gaps of the whole run."""
    findings: tuple[Finding, ...]
    """Merged, enriched, with priorities; sorted by id."""
    verdict: Verdict
    required: tuple[tuple[str, str], ...]
    """(stage, always | when_present | no) in this environment."""
    interrupted: bool
    bundle: str
    """Where the evidence is, as the user may type it; "" when nothing was written."""
    origin: Literal["own", "imported"] = "own"
    due: Mapping[str, str] = {}
    """By finding: the last day on which it may be open. Where no clock runs there is none."""
    history: HistoryNote | None = None
    sums: Sums | None = None
    """Where there are more findings than are held at once: `findings`, and the verdict's breaches
    and warnings, are then of the worst alone."""
    notes: tuple[str, ...] = ()
    """Sentences about the history for the person who ran it. They change no verdict."""
