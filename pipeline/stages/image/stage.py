"""Images: Trivy over a private layout that holds what Penstock verified, and nothing else."""

from pathlib import Path
from typing import Final

from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.inventory import BadImage, Image, Inventory
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.stages.base import Job, Options, Reports
from pipeline.stages.image import canary as image_canary
from pipeline.stages.image import coverage as image_coverage
from pipeline.stages.image import planted as image_planted
from pipeline.stages.image import rest as image_rest
from pipeline.stages.image import secrets as image_secrets
from pipeline.stages.trivy import advisories as trivy_advisories
from pipeline.stages.trivy import command as trivy
from pipeline.stages.trivy import log as trivy_log
from pipeline.stages.trivy import report as trivy_report
from pipeline.toolchain.command import Command, Cost

NAME: Final = "image"
KIND: Final = Kind.SCA
TOOLS: Final[tuple[str, ...]] = (trivy.TOOL,)
FEEDS: Final[tuple[str, ...]] = (trivy.FEED,)
redact = trivy_report.redact
redact_log = trivy_log.redact
PLANTED: Final = "image-secrets"
"""Label of the process over an image full of made-up secrets, one for all images."""


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every image; one that could not be verified is a gap."""
    del options
    gaps = tuple(
        Gap(stage=NAME, target=one.ref, reason=one.reason, detail=one.detail)
        for one in inventory.images
        if isinstance(one, BadImage)
    )
    return Scope(asked=tuple(sorted({one.ref for one in inventory.images})), gaps=gaps)


def commands(job: Job) -> tuple[Command, ...]:
    """Order two processes for each image: the scan, and the canary over the same database.

    A third looks at what the scan passes over, where there is anything. One more for all of them
    shows that secrets in layers are found.
    """
    ordered = tuple(
        command
        for label, image in trivy.images(job.inventory)
        for command in (
            scan(job, label, image),
            _canary(job, label, image),
            *image_rest.command(job, label, image),
        )
    )
    return (*ordered, _planted(job)) if ordered else ()


def canary_label(label: str) -> str:
    """Return the label of the canary that belongs to an image's scan."""
    return f"{label}-canary"


def scan(job: Job, label: str, image: Image) -> Command:
    """Scan one image, its environment too.

    Trivy passes over a file that is named like its settings: no image can hold its own digest.
    """
    settings = f"trivy-{image.manifest_digest.removeprefix('sha256:')}.yaml"
    argv = (
        job.tool(trivy.TOOL).path, "image",
        "--input", trivy.relative(job, image.layout),
        "--scanners", "vuln,secret",
        "--pkg-types", "os,library",
        *_secrets(settings),
        "--parallel", str(trivy.parallel(job)),
        *trivy.flags(job, _report(job, label), cache=trivy.cache(job)),
    )  # fmt: skip
    inputs = (*trivy.inputs(job), (job.work / settings, image_secrets.SETTINGS))
    return _command(
        job,
        label,
        argv,
        reads=(Path(image.layout),),
        inputs=inputs,
        cost=Cost(cpu=1.0, memory_mb=512),
    )


def _canary(job: Job, label: str, image: Image) -> Command:
    name = canary_label(label)
    sbom = job.work / f"{name}.cdx.json"
    argv = (
        # Named with its folder, which carries the word of the run into the report.
        job.tool(trivy.TOOL).path, "sbom", f"../{job.work.name}/{sbom.name}",
        "--scanners", "vuln",
        "--pkg-types", "os,library",
        *trivy.flags(job, _report(job, name), cache=trivy.cache(job)),
    )  # fmt: skip
    inputs = (*trivy.inputs(job), (sbom, image_canary.sbom(image.system)))
    return _command(job, name, argv, reads=(), inputs=inputs, cost=Cost(cpu=0.5, memory_mb=256))


def _planted(job: Job) -> Command:
    layout = job.work / f"{PLANTED}-layout"
    settings = f"trivy-{PLANTED}.yaml"
    argv = (
        job.tool(trivy.TOOL).path, "image",
        # As above: the word of the run is in the folder's name.
        "--input", f"../{job.work.name}/{layout.name}",
        "--scanners", "secret",
        *_secrets(settings),
        *trivy.flags(job, _report(job, PLANTED), cache=trivy.cache(job)),
    )  # fmt: skip
    inputs = (
        *trivy.inputs(job),
        (job.work / settings, image_secrets.SETTINGS),
        *image_planted.files(layout),
    )
    return _command(job, PLANTED, argv, reads=(), inputs=inputs, cost=Cost(cpu=0.5, memory_mb=256))


def _secrets(settings: str) -> tuple[str, ...]:
    """Say how secrets are looked for: in the environment too, by our settings."""
    return (
        *("--image-config-scanners", "secret"),
        *("--secret-config", settings),
        "--skip-check-update",
    )


def _report(job: Job, label: str) -> Path:
    return job.work / label / f"{label}.json"


def _command(
    job: Job,
    label: str,
    argv: tuple[str, ...],
    *,
    reads: tuple[Path, ...],
    inputs: tuple[tuple[Path, bytes], ...],
    cost: Cost,
) -> Command:
    return trivy.command(
        job,
        label,
        argv,
        report=_report(job, label),
        reads=(*reads, trivy.cache(job)),
        inputs=inputs,
        cost=cost,
    )


def parse(job: Job, reports: Reports) -> Answer:
    """Read each image's report, and believe it as far as canaries and the layers bear it out.

    An image without a report is a gap; when none has one, the stage has failed.
    """
    findings: list[Finding] = []
    gaps: list[Gap] = []
    bitten: list[bool] = []
    errors: list[ToolError] = []
    for label, image in trivy.images(job.inventory):
        try:
            document = trivy_report.read(job, reports, label, {"container_image"})
            canary = trivy_report.read(job, reports, canary_label(label), {"cyclonedx"})
            planted = trivy_report.read(job, reports, PLANTED, {"container_image"})
            rest = image_rest.read(job, reports, label, image)
        except ToolError as error:
            errors.append(error)
            gaps.append(_gap(image.ref, error.reason, error.message))
            continue
        gaps.extend(_gap(image.ref, *why) for why in image_coverage.judge(image, document, canary))
        bitten.append(any(result.vulnerabilities for result in canary.results))
        bitten.append(image_planted.all_found(planted))
        findings.extend(trivy_advisories.findings(NAME, image.ref, document.results))
        findings.extend(image_secrets.findings(NAME, image.ref, document))
        if rest is not None:
            bitten.append(image_rest.bites(rest))
            findings.extend(image_rest.findings(NAME, image, rest))
    if errors and not bitten:
        raise errors[0]
    refs = {image.ref for _, image in trivy.images(job.inventory)}
    return Answer(
        findings=tuple(findings),
        answered=frozenset(refs - {gap.target for gap in gaps}),
        gaps=tuple(gaps),
        canary=_verdict(bitten),
    )


def _gap(ref: str, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=NAME, target=ref, reason=reason, detail=detail)


def _verdict(bitten: list[bool]) -> Canary:
    if not bitten:
        return Canary.NONE
    return Canary.FOUND if all(bitten) else Canary.MISSED
