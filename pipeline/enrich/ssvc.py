"""The remediation row of BOD 26-04, by the table as CERT/CC publishes it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import Final, TypeAlias

import msgspec

from pipeline import resources
from pipeline.enrich.aliases import is_advisory
from pipeline.model.finding import Finding
from pipeline.model.knowledge import Knowledge

TABLE: Final = "cisa_bod_26_04_1_0_0.json"
ROWS: Final[Mapping[str, str]] = {
    "3DF": "3_days_forensics",
    "3D": "3_days",
    "14D": "14_days",
    "60D": "60_days",
    "FSU": "next_upgrade",
}
"""Our words for the outcomes, the strictest first."""
_INPUTS: Final = ("cisa:KEV:1.0.0", "cisa:PE:1.0.0", "ssvc:A:2.0.0", "ssvc:TI:1.0.0")
_KEYS: Final[Mapping[object, str]] = {
    True: "Y", False: "N", "yes": "Y", "no": "N", "partial": "P", "total": "T",
}  # fmt: skip

_ANY: Final = (("Y", "N"), ("Y", "N"), ("T", "P"))

Inputs: TypeAlias = tuple[str, str, str, str]
"""In the catalogue, exposed, automatable, technical impact: keys of the table."""


class _Table(msgspec.Struct, frozen=True):
    outcome: str
    mapping: tuple[dict[str, str], ...]


@lru_cache(maxsize=1)
def table() -> Mapping[Inputs, str]:
    """Read the table: our word for every combination of inputs."""
    data = (resources.tables() / TABLE).read_bytes()
    read = msgspec.json.decode(data, type=_Table)
    kev, exposed, automatable, impact = _INPUTS
    return {
        (row[kev], row[exposed], row[automatable], row[impact]): ROWS[row[read.outcome]]
        for row in read.mapping
    }


def decide(findings: Iterable[Finding], _: Knowledge) -> tuple[Finding, ...]:
    """Give every advisory of which anything is known its row, or the strictest possible one."""
    return tuple(_decided(one) if is_advisory(one) else one for one in findings)


def _decided(finding: Finding) -> Finding:
    said = (finding.kev, finding.automatable, finding.technical_impact)
    if all(value is None for value in said):
        return finding
    # What nobody states the exposure of counts as exposed.
    possible = _possible(said, "N" if finding.exposure == "internal" else "Y")
    return msgspec.structs.replace(
        finding, ssvc=possible[0], ssvc_possible=possible if len(possible) > 1 else ()
    )


@lru_cache(maxsize=64)
def _possible(said: tuple[object, object, object], exposed: str) -> tuple[str, ...]:
    """Return the rows that what is known leaves possible, the strictest first."""
    kev, automatable, impact = (
        keys if value is None else (_KEYS[value],) for value, keys in zip(said, _ANY, strict=True)
    )
    rows = {table()[inputs] for inputs in product(kev, exposed, automatable, impact)}
    return tuple(row for row in ROWS.values() if row in rows)
