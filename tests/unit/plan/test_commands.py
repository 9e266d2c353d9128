"""What a plan starts: each process once, with the time of the most patient stage."""

from pathlib import Path
from typing import Any

import msgspec

from pipeline.model.outcome import Scope
from pipeline.plan.model import Plan, Planned, Ready
from pipeline.stages.sbom import stage as sbom
from pipeline.toolchain.command import Command
from tests.support import staging

SHARED = Command(
    label="source",
    tool="trivy",
    argv=("/tools/trivy",),
    cwd=Path("/work-folder"),
    env=(),
    answers=frozenset({0}),
)


def planned(name: str, *commands: Command) -> Planned:
    place = Path("/nowhere")
    asked = staging.job(name, sbom, staging.bare(), place=place, tools={})
    return Planned(
        stage=name,
        required="always",
        scope=Scope(asked=("x",)),
        excluded=(),
        tools=(),
        feeds=(),
        decision=Ready(job=asked, commands=commands),
    )


def plan(*stages: Planned) -> Plan:
    fields: dict[str, Any] = dict.fromkeys(Plan.__struct_fields__)
    return Plan(**{**fields, "stages": stages})


def test_a_process_that_two_stages_order_is_started_once() -> None:
    other = msgspec.structs.replace(SHARED, label="other")
    made = plan(planned("config", SHARED), planned("sbom", SHARED, other))
    assert made.commands == {"source": SHARED, "other": other}


def test_a_shared_process_has_the_longest_time_that_a_stage_allows_it() -> None:
    patient = msgspec.structs.replace(SHARED, timeout=2 * SHARED.timeout)
    for order in ((SHARED, patient), (patient, SHARED)):
        made = plan(*(planned(f"stage-{n}", one) for n, one in enumerate(order)))
        assert made.commands["source"].timeout == patient.timeout
