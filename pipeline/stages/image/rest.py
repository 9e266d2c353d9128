"""Secrets in what Trivy passes over in an image: binary files, and the folders of a distribution.

Penstock laid it out as numbered texts; Trivy reads them as a folder, with a secret planted in it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Image
from pipeline.stages.base import Job, Reports
from pipeline.stages.image import secrets as image_secrets
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.stages.trivy import command as trivy
from pipeline.stages.trivy import report as trivy_report
from pipeline.stages.trivy.report import Document
from pipeline.toolchain.command import Command, Cost

CANARY: Final = "canary.txt"
_NUMBERED: Final = re.compile(r"([1-9][0-9]*)\.txt")
_PLANTED: Final = trivy_canary.SECRETS[0]
_SETTINGS: Final = b"""disable-allow-rules:
  [dist-info, tests, examples, vendor, usr-dirs, locale-dir, markdown, node.js, golang, python,
   rubygems, wordpress, anaconda-log]
skip-patterns: []
"""


def label_of(label: str) -> str:
    """Return the label of this process, by that of the image's scan."""
    return f"{label}-rest"


def command(job: Job, label: str, image: Image) -> Iterator[Command]:
    """Order the one process, where anything is left to be looked at."""
    if not image.rest.names:
        return
    name, folder = label_of(label), Path(image.rest_folder)
    settings = job.work / f"trivy-{name}.yaml"
    report = job.work / name / f"{name}.json"
    argv = (
        job.tool(trivy.TOOL).path, "fs", trivy.relative(job, image.rest_folder),
        "--scanners", "secret",
        "--secret-config", settings.name,
        "--skip-check-update",
        "--parallel", str(trivy.parallel(job)),
        *trivy.flags(job, report, cache=trivy.cache(job)),
    )  # fmt: skip
    yield trivy.command(
        job,
        name,
        argv,
        report=report,
        reads=(folder, trivy.cache(job)),
        inputs=(
            *trivy.inputs(job),
            (settings, _SETTINGS),
            (folder / CANARY, _PLANTED[1].encode()),
        ),
        cost=Cost(cpu=1.0, memory_mb=512),
    )


def read(job: Job, reports: Reports, label: str, image: Image) -> Document | None:
    """Return the report, or None where nothing was asked. Raises ToolError."""
    if not image.rest.names:
        return None
    document = trivy_report.read(job, reports, label_of(label), {"filesystem"})
    for result in document.of_class("secret"):
        if result.target != CANARY and _name(image, result.target) is None:
            said = f"trivy reports a secret in {result.target[:80]!r}, which it was not given"
            raise ToolError(GapReason.TOOL_OUTPUT, said)
    return document


def bites(document: Document) -> bool:
    """Say whether the secret that was planted is found."""
    return any(
        result.target == CANARY and one.rule_id == _PLANTED[2]
        for result in document.of_class("secret")
        for one in result.secrets
    )


def findings(stage: str, image: Image, document: Document) -> Iterator[Finding]:
    """Report secrets under the names of the files that they were taken from."""
    for result in document.of_class("secret"):
        if (name := _name(image, result.target)) is not None:
            yield from image_secrets.in_file(stage, image.ref, f"/{name}", result.secrets)


def _name(image: Image, target: str) -> str | None:
    found = _NUMBERED.fullmatch(target)
    number = int(found[1]) if found else 0
    return image.rest.names[number - 1] if 0 < number <= len(image.rest.names) else None
