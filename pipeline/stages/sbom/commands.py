"""The processes that list what is inside: Python's pins, other manifests, images."""

from pathlib import Path
from typing import Final

from pipeline.model.gap import ToolError
from pipeline.model.inventory import Image
from pipeline.stages.base import Job
from pipeline.stages.image import stage as image_stage
from pipeline.stages.trivy import command as trivy
from pipeline.toolchain.command import Command, Cost

PYTHON: Final = "sbom-source"
OTHERS: Final = "sbom-packages"
_CANARY: Final = "penstock-canary"


def of_image(label: str) -> str:
    """Return the label of the list of an image, by the label of its scan."""
    return f"sbom-{label}"


def canary(job: Job) -> tuple[str, str]:
    """Name a distribution that nobody needs: it must come back, and is taken out again."""
    return _CANARY, f"0+w{job.word}"


def python(job: Job) -> Command:
    """List Python's pins, flat from the inventory.

    The tool itself follows nested files, but reads neither constraints nor lock files, and takes
    an unpinned line for a component.
    """
    flat, made = job.work / f"{PYTHON}.txt", job.work / PYTHON / f"{PYTHON}.cdx.json"
    pins = {(pin.name, pin.version) for pin in job.inventory.pins if pin.problem is None}
    lines = (f"{name}=={version}\n" for name, version in sorted({*pins, canary(job)}))
    return Command(
        label=PYTHON,
        tool="cyclonedx-bom",
        argv=(
            job.tool("cyclonedx-bom").path,
            *("requirements", str(flat), "--sv", "1.7", "--of", "JSON"),
            *("--output-reproducible", "--no-validate", "-o", str(made)),
        ),
        cwd=job.tree,
        env=(),
        answers=frozenset({0}),
        report=made,
        echo=job.word,
        reads=(job.tree,),
        inputs=((flat, "".join(lines).encode()),),
        timeout=job.options.timeout,
        cost=Cost(cpu=1.0, memory_mb=128),
    )


def manifests(job: Job) -> tuple[Command, ...]:
    """List other ecosystems' packages from Trivy's one scan of the source."""
    return trivy.source(job), _convert(job, OTHERS, trivy.SOURCE)


def image(job: Job, label: str, one: Image) -> tuple[Command, ...]:
    """List an image's packages from its one scan; without a database by a scan of our own.

    Ordering the scan itself makes the list independent of whether the image stage is asked: equal
    commands are one process.
    """
    try:
        return image_stage.scan(job, label, one), _convert(job, of_image(label), label)
    except ToolError:
        job.tool(trivy.TOOL)
        return (_list(job, label, one),)


def _convert(job: Job, label: str, needs: str) -> Command:
    settings = job.work / f"{label}.yaml"
    made = job.work / label / f"{label}.cdx.json"
    argv = (
        job.tool(trivy.TOOL).path, "convert",
        "--config", settings.name,
        "--format", "cyclonedx",
        "--output", str(made.relative_to(job.work)),
        f"{needs}/{needs}.json",
    )  # fmt: skip
    return trivy.command(
        job,
        label,
        argv,
        report=made,
        reads=(job.work / needs,),
        inputs=((settings, b""),),
        needs=(needs,),
        cost=Cost(cpu=1.0, memory_mb=256),
    )


def _list(job: Job, label: str, one: Image) -> Command:
    name = of_image(label)
    made = job.work / name / f"{name}.cdx.json"
    argv = (
        job.tool(trivy.TOOL).path, "image",
        "--input", trivy.relative(job, one.layout),
        "--pkg-types", "os,library",
        "--parallel", str(trivy.parallel(job)),
        *trivy.flags(job, made, cache=job.work / f"{name}-cache"),
        # The later one wins, and with it Trivy looks for no vulnerabilities.
        "--format", "cyclonedx",
    )  # fmt: skip
    return trivy.command(
        job,
        name,
        argv,
        report=made,
        reads=(Path(one.layout),),
        inputs=trivy.inputs(job),
        cost=Cost(cpu=1.0, memory_mb=512),
    )
