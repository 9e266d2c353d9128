"""The bill of materials: of the source, of each image, and of all together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.model.artifact import Artifact
from pipeline.model.finding import Kind
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.identity import digest
from pipeline.model.inventory import BadImage, Image, Inventory, Manifest, Pin
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.stages import packages, sbom_read, sbom_write, trivy
from pipeline.stages.base import Job, Options, Reports, take, untouched
from pipeline.stages.sbom_model import MANIFEST, Bom, Component, marked, merge, pypi
from pipeline.toolchain.command import Command, Cost, Report

KIND: Final = Kind.SCA
TOOLS: Final[tuple[str, ...]] = ("cyclonedx-bom", "trivy")
FEEDS: Final[tuple[str, ...]] = ()
redact = redact_log = untouched

ROOT: Final = "source"
"""The target that stands for the source itself: even without dependencies it has an SBOM."""

_PYTHON: Final = "sbom-source"
_OTHERS: Final = "sbom-packages"
_CANARY: Final = ("penstock-canary", "0.0.0")
_LOCKS: Final = frozenset({"uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml"})


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for the source, every Python pin, every other manifest and every image."""
    asked = {ROOT}
    gaps: set[Gap] = set()
    for pin in inventory.pins:
        asked.add(pin.target)
        if pin.problem is not None and not pin.answered_by:
            gaps.add(_gap(pin.target, pin.problem, pin.detail))
    for gap in packages.scope(inventory, options).gaps:
        if gap.target is not None:
            gaps.add(_gap(gap.target, gap.reason, gap.detail))
    asked.update(manifest.path for manifest in _others(inventory))
    for image in inventory.images:
        asked.add(image.ref)
        if isinstance(image, BadImage):
            gaps.add(_gap(image.ref, image.reason, image.detail))
    return Scope(asked=tuple(sorted(asked)), gaps=tuple(sorted(gaps, key=_order)))


def commands(job: Job) -> tuple[Command, ...]:
    """List Python's pins by cyclonedx-py, and turn the other stages' Trivy reports into lists.

    The pins come flat from the inventory: the tool itself follows nested files, but reads neither
    constraints nor lock files, and takes an unpinned line for a component.
    """
    made = [_python(job)]
    if _others(job.inventory):
        made += [trivy.source(job), _convert(job, _OTHERS, trivy.SOURCE)]
    made += [_convert(job, f"sbom-{label}", label) for label, _ in trivy.images(job.inventory)]
    return tuple(made)


def parse(job: Job, reports: Reports) -> Answer:
    """Read the lists, write the SBOMs, and say for each target whether it is in one."""
    inventory = job.inventory
    root = _root(inventory)
    python, canary = _without_canary(sbom_read.listed(take(reports, _PYTHON), root=root))
    gaps: list[Gap] = []
    parts = [_with_manifests(python, inventory.pins)]
    named: frozenset[str] = frozenset()
    if _others(inventory):
        try:
            others, named = sbom_read.manifests(take(reports, _OTHERS), root=root)
            parts.append(others)
        except ToolError as error:
            gaps.extend(_gap(one.path, error.reason, error.message) for one in _others(inventory))
    whole = not job.scope.gaps and not gaps
    source = marked(merge(root, parts, complete=_complete(inventory.manifests, whole=whole)), ROOT)
    images: dict[str, Bom] = {}
    for label, image in trivy.images(inventory):
        try:
            images[label] = _image(take(reports, f"sbom-{label}"), image)
        except ToolError as error:
            gaps.append(_gap(image.ref, error.reason, error.message))
    return Answer(
        findings=(),
        answered=_answered(inventory, source, named, images),
        gaps=tuple(gaps),
        canary=Canary.FOUND if canary else Canary.MISSED,
        artifacts=tuple(_artifacts(inventory, source, images)),
    )


def _python(job: Job) -> Command:
    flat, made = job.work / f"{_PYTHON}.txt", job.work / f"{_PYTHON}.cdx.json"
    pins = {(pin.name, pin.version) for pin in job.inventory.pins if pin.problem is None}
    lines = (f"{name}=={version}\n" for name, version in sorted({*pins, _CANARY}))
    return Command(
        label=_PYTHON,
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
        inputs=((flat, "".join(lines).encode()),),
        timeout=job.options.timeout,
        cost=Cost(cpu=1.0, memory_mb=128),
    )


def _convert(job: Job, label: str, needs: str) -> Command:
    made = job.work / f"{label}.cdx.json"
    settings = job.work / f"{label}.yaml"
    return Command(
        label=label,
        tool="trivy",
        argv=(
            job.tool("trivy").path,
            *("convert", "--config", str(settings), "--format", "cyclonedx"),
            *("--output", str(made), str(job.work / f"{needs}.json")),
        ),
        cwd=job.tree,
        env=(),
        answers=frozenset({0}),
        report=made,
        inputs=((settings, b""),),
        needs=(needs,),
        timeout=job.options.timeout,
        cost=Cost(cpu=1.0, memory_mb=256),
    )


def _others(inventory: Inventory) -> tuple[Manifest, ...]:
    """Return the manifests that Trivy is asked for: what it does not list is no question here."""
    asked = packages.scope(inventory, Options()).asked
    return tuple(one for one in inventory.manifests if one.path in asked)


def _root(inventory: Inventory) -> Component:
    version = inventory.commit or inventory.tree or ""
    return Component(
        ref=f"{ROOT}:{inventory.digest}", kind="application", name=ROOT, version=version
    )


def _without_canary(bom: Bom) -> tuple[Bom, bool]:
    ref = pypi(*_CANARY)
    kept = {name: one for name, one in bom.components.items() if name != ref}
    depends = frozenset(pair for pair in bom.depends if ref not in pair)
    return msgspec.structs.replace(bom, components=kept, depends=depends), ref in bom.components


def _with_manifests(bom: Bom, pins: Iterable[Pin]) -> Bom:
    """Write into each component which files name it."""
    named: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for pin in pins:
        if pin.problem is None:
            named[pypi(pin.name, pin.version)].add((MANIFEST, pin.manifest))
    components = {
        ref: msgspec.structs.replace(one, properties=one.properties | named[ref])
        for ref, one in bom.components.items()
    }
    return msgspec.structs.replace(bom, components=components)


def _complete(manifests: Iterable[Manifest], *, whole: bool) -> str:
    """Say whether all there is stands in it: only a lock file names what its packages need."""
    if not whole:
        return "incomplete"
    forms = {one.form for one in manifests if one.ecosystem == "PyPI"}
    return "complete" if forms <= _LOCKS else "unknown"


def _image(report: Report, image: Image) -> Bom:
    root = Component(
        ref=f"container:{image.manifest_digest}",
        kind="container",
        name=image.ref,
        version=image.manifest_digest,
        properties=frozenset({("penstock:platform", image.platform)}),
    )
    return marked(sbom_read.image(report, root=root), image.ref)


def _answered(
    inventory: Inventory, source: Bom, named: frozenset[str], images: Mapping[str, Bom]
) -> frozenset[str]:
    """Return the targets that are in an SBOM: a range is, when the pin of its lock file is."""
    pins = [pin for pin in inventory.pins if pin.problem is None]
    listed = [pin for pin in pins if pypi(pin.name, pin.version) in source.components]
    locked = {(pin.manifest, pin.name) for pin in listed}
    ranges = (pin for pin in inventory.pins if (pin.answered_by, pin.name) in locked)
    packed = (image.ref for label, image in trivy.images(inventory) if _packages(images, label))
    return frozenset({ROOT, *named, *packed, *(pin.target for pin in (*listed, *ranges))})


def _packages(images: Mapping[str, Bom], label: str) -> bool:
    return label in images and any(one.purl for one in images[label].components.values())


def _artifacts(inventory: Inventory, source: Bom, images: Mapping[str, Bom]) -> Iterator[Artifact]:
    yield _artifact("source", source, inventory.digest)
    for label, bom in images.items():
        yield _artifact(label, bom, bom.root.version)
    merged = merge(source.root, (source, *images.values()), complete="unknown")
    yield _artifact("merged", merged, digest(inventory.digest, *sorted(images)))


def _artifact(name: str, bom: Bom, subject: str) -> Artifact:
    return Artifact(
        name=f"sbom/{name}.cdx.json",
        data=sbom_write.write(bom, subject=subject),
        media_type=sbom_write.MEDIA_TYPE,
    )


def _gap(target: str, reason: GapReason, detail: str) -> Gap:
    return Gap(stage="sbom", target=target, reason=reason, detail=detail)


def _order(gap: Gap) -> tuple[str, str, str]:
    return gap.target or "", gap.reason.value, gap.detail
