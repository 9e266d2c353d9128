"""Which kind of evidence speaks for which control. Data: nothing here judges.

The texts of the controls marked as confirmed were checked; of all others an auditor has to say
whether the evidence fits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from pipeline.audit.model import ControlEvidence, ControlRow


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of evidence."""

    kind: str
    what: str
    files: tuple[str, ...]
    controls: tuple[str, ...]


EVIDENCE: Final = (
    Evidence(
        kind="scans",
        what="every run with scanners, versions, digests, data dates and coverage",
        files=("runs.csv", "scanners.csv"),
        controls=(
            "SOC2-CC7.1", "PCI-11.3.1", "PCI-6.3.1",
            "SSDF-PW.7.2", "SSDF-PW.8.2", "SSDF-RV.1.1", "SSDF-RV.1.2", "CRA-Annex-I-II-2",
            "CRA-Annex-I-II-3",
        ),
    ),
    Evidence(
        kind="inventory",
        what="bills of materials in the bundles, and what was asked and answered",
        files=("runs.csv", "scanners.csv"),
        controls=("SOC2-CC6.1", "SOC2-CC7.1", "PCI-6.3.2", "SSDF-PS.3.2", "CRA-Annex-I-II-1"),
    ),
    Evidence(
        kind="policies",
        what="policies that judged, by digest, with where they were read from",
        files=("runs.csv",),
        controls=(
            "SOC2-CC5.3", "SOC2-CC8.1", "PCI-6.3.1", "SSDF-PO.4.1", "SSDF-PO.4.2",
            "CRA-Annex-I-I-1",
        ),
    ),
    Evidence(
        kind="verdicts",
        what="one verdict per judged change",
        files=("runs.csv",),
        controls=("SOC2-CC8.1", "PCI-6.5.1", "SSDF-PO.3.3", "SSDF-PS.1", "SSDF-PS.2"),
    ),
    Evidence(
        kind="exceptions",
        what="the register with owners, approvers, reasons, ends and what became of each",
        files=("exceptions.csv", "exception_events.csv", "break_glass.csv"),
        controls=(
            "SOC2-CC3.2", "SOC2-CC9.1", "SOC2-CC7.1", "PCI-6.3.3", "PCI-11.3.1",
            "SSDF-RV.2.1", "SSDF-RV.2.2", "CRA-Annex-I-II-2", "CRA-Art.13",
        ),
    ),
    Evidence(
        kind="remediation",
        what="findings with first day, due day, end and the run that proves it",
        files=("sla.csv", "sla_summary.csv"),
        controls=("SOC2-CC7.1", "SOC2-CC7.4", "PCI-6.3.3", "SSDF-RV.2", "CRA-Annex-I-II-2"),
    ),
    Evidence(
        kind="exploited",
        what="findings known to be exploited, with the day on which a run first knew",
        files=("sla.csv",),
        controls=("SOC2-CC7.3", "PCI-12.10", "SSDF-RV.1", "CRA-Art.14"),
    ),
    Evidence(
        kind="roles",
        what="who may approve what, by which keys",
        files=("roles.csv",),
        controls=(
            "SOC2-CC6.1", "SOC2-CC6.2", "SOC2-CC6.3", "PCI-7.2", "PCI-8.6", "SSDF-PO.2",
            "SSDF-PO.5",
        ),
    ),
    Evidence(
        kind="secrets",
        what="runs that looked for secrets; no value of one is in any bundle",
        files=("scanners.csv",),
        controls=(
            "SOC2-CC6.1", "SOC2-C1.1", "PCI-3", "PCI-8.3.2", "PCI-8.6.2", "SSDF-PO.5",
            "SSDF-PS.1",
        ),
    ),
)  # fmt: skip
_FRAMEWORKS: Final[Mapping[str, str]] = {
    "SOC2-": "SOC 2",
    "PCI-": "PCI DSS 4.0.1",
    "SSDF-": "NIST SSDF 1.1",
    "CRA-": "EU CRA",
}
_CONFIRMED: Final = frozenset({"SOC2-CC7.1", "PCI-6.3.1", "PCI-6.3.3", "PCI-11.3.1", "CRA-Art.14"})
_CONFIRMED_FRAMEWORK: Final = "SSDF-"
"""Its outline was checked as a whole."""


def rows(
    counts: Mapping[str, int],
    named: Mapping[str, Iterable[str]],
    problems: Mapping[str, int],
) -> tuple[ControlRow, ...]:
    """Return every control with its evidence. Controls that only policies name are listed too.

    `counts` and `problems` are by kind of evidence, `named` holds the rules by control.
    """
    by_control: defaultdict[str, list[Evidence]] = defaultdict(list)
    for one in EVIDENCE:
        for control in one.controls:
            by_control[control].append(one)
    return tuple(
        ControlRow(
            control=control,
            framework=framework(control),
            confirmed=confirmed(control),
            rules=tuple(sorted(set(named.get(control, ())))),
            evidence=tuple(_counted(one, counts) for one in by_control.get(control, ())),
            problems=sum(problems.get(one.kind, 0) for one in by_control.get(control, ())),
        )
        for control in sorted({*by_control, *named}, key=_order)
    )


def framework(control: str) -> str:
    """Return the name of the framework that a control belongs to, empty for one of your own."""
    return next((name for start, name in _FRAMEWORKS.items() if control.startswith(start)), "")


def confirmed(control: str) -> bool:
    """Say whether the control's text was checked."""
    return control in _CONFIRMED or control.startswith(_CONFIRMED_FRAMEWORK)


def _counted(one: Evidence, counts: Mapping[str, int]) -> ControlEvidence:
    return ControlEvidence(
        kind=one.kind, what=one.what, count=counts.get(one.kind, 0), files=one.files
    )


def _order(control: str) -> tuple[int, list[tuple[int, str]]]:
    place = next(
        (n for n, start in enumerate(_FRAMEWORKS) if control.startswith(start)), len(_FRAMEWORKS)
    )
    parts = control.replace("-", ".").split(".")
    return place, [(int(part) if part.isdecimal() else 0, part) for part in parts]
