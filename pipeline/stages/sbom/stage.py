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
from pipeline.stages.base import Job, Options, Reports, take
from pipeline.stages.packages import stage as packages
from pipeline.stages.sbom import commands as sbom_commands
from pipeline.stages.sbom import read as sbom_read
from pipeline.stages.sbom import write as sbom_write
from pipeline.stages.sbom.left_out import left_out
from pipeline.stages.sbom.model import MANIFEST, Bom, Component, marked, merge, pypi
from pipeline.stages.trivy import command as trivy
from pipeline.stages.trivy import log as trivy_log
from pipeline.stages.trivy import report as trivy_report
from pipeline.toolchain.command import Command, Report

KIND: Final = Kind.SCA
TOOLS: Final[tuple[str, ...]] = ("cyclonedx-bom", "trivy")
FEEDS: Final[tuple[str, ...]] = ()
redact = trivy_report.redact
redact_log = trivy_log.redact

ROOT: Final = "source"
"""The target that stands for the source itself: even without dependencies it has an SBOM."""

_LOCKS: Final = frozenset({"uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml"})


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for the source, every Python pin, every other manifest and every image."""
    others = packages.scope(inventory, options)
    asked = {ROOT, *others.asked}
    gaps = {_gap(str(gap.target), gap.reason, gap.detail) for gap in others.gaps}
    for pin in inventory.pins:
        asked.add(pin.target)
        if pin.problem is not None and not pin.answered_by:
            gaps.add(_gap(pin.target, pin.problem, pin.detail))
    for image in inventory.images:
        asked.add(image.ref)
        if isinstance(image, BadImage):
            gaps.add(_gap(image.ref, image.reason, image.detail))
    return Scope(asked=tuple(sorted(asked)), gaps=tuple(sorted(gaps, key=_order)))


def commands(job: Job) -> tuple[Command, ...]:
    """List Python's pins by cyclonedx-py, and everything else by what Trivy lists."""
    made = [sbom_commands.python(job)]
    if _others(job):
        made += sbom_commands.manifests(job)
    for label, image in trivy.images(job.inventory):
        made += sbom_commands.image(job, label, image)
    return tuple(made)


def parse(job: Job, reports: Reports) -> Answer:
    """Read the lists, write the SBOMs, and say for each target whether it is in one.

    A list that cannot be read costs its own targets, but Python's costs all: it holds the canary.
    """
    gaps: list[Gap] = []
    source, canary, named = _source(job, reports, gaps)
    images: dict[str, Bom] = {}
    for label, image in trivy.images(job.inventory):
        try:
            images[label] = _image(job, take(reports, sbom_commands.of_image(label)), image)
        except ToolError as error:
            gaps.append(_gap(image.ref, error.reason, error.message))
    gaps += _hollow(job.inventory, images)
    return Answer(
        findings=(),
        answered=_answered(job.inventory, source, named, images),
        gaps=tuple(sorted(gaps, key=_order)),
        canary=Canary.FOUND if canary else Canary.MISSED,
        artifacts=tuple(_artifacts(job.inventory, source, images)),
    )


def _others(job: Job) -> tuple[str, ...]:
    """Return the manifests that Trivy lists: those that it is known not to are gaps already."""
    known = {gap.target for gap in job.scope.gaps}
    others = packages.scope(job.inventory, job.options).asked
    return tuple(path for path in others if path not in known)


def _source(job: Job, reports: Reports, gaps: list[Gap]) -> tuple[Bom, bool, frozenset[str]]:
    """Return the source's SBOM, whether the canary was in it, and the manifests it rests on."""
    root = _root(job.inventory)
    report = take(reports, sbom_commands.PYTHON)
    python, canary = _without_canary(
        sbom_read.listed(job, report, root=root), sbom_commands.canary(job)
    )
    parts = [_with_manifests(python, job.inventory.pins)]
    named = frozenset(
        path
        for path in _others(job)
        if packages.is_empty(job, path) or packages.is_member(job, path)
    )
    if _others(job):
        try:
            bom, listed = sbom_read.manifests(job, take(reports, sbom_commands.OTHERS), root=root)
        except ToolError as error:
            gaps += [_gap(path, error.reason, error.message) for path in _others(job)]
        else:
            parts.append(bom)
            named |= listed
    whole = not job.scope.gaps and not gaps
    complete = _complete(job.inventory.manifests, whole=whole)
    return marked(merge(root, parts, complete=complete), ROOT), canary, named


def _hollow(inventory: Inventory, images: Mapping[str, Bom]) -> Iterator[Gap]:
    """Name the images whose lists hold nothing, or less than lies in them."""
    for label, image in trivy.images(inventory):
        if label not in images:
            continue
        if not any(one.purl for one in images[label].components.values()):
            yield _gap(image.ref, GapReason.NO_PACKAGES, "no package was found in it")
        elif detail := left_out(image, images[label]):
            yield _gap(image.ref, GapReason.NOT_LISTED, detail)


def _root(inventory: Inventory) -> Component:
    version = inventory.commit or inventory.tree or ""
    return Component(
        ref=f"{ROOT}:{inventory.digest}", kind="application", name=ROOT, version=version
    )


def _without_canary(bom: Bom, planted: tuple[str, str]) -> tuple[Bom, bool]:
    ref = pypi(*planted)
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


def _image(job: Job, report: Report, image: Image) -> Bom:
    root = Component(
        ref=f"container:{image.manifest_digest}",
        kind="container",
        name=image.ref,
        version=image.manifest_digest,
        properties=frozenset({("penstock:platform", image.platform)}),
    )
    return marked(sbom_read.image(job, report, root=root), image.ref)


def _answered(
    inventory: Inventory, source: Bom, named: frozenset[str], images: Mapping[str, Bom]
) -> frozenset[str]:
    """Return the targets that are in an SBOM: a range is, when the pin of its lock file is."""
    pins = [pin for pin in inventory.pins if pin.problem is None]
    listed = [pin for pin in pins if pypi(pin.name, pin.version) in source.components]
    locked = {(pin.manifest, pin.name) for pin in listed}
    ranges = (pin for pin in inventory.pins if (pin.answered_by, pin.name) in locked)
    packed = (image.ref for label, image in trivy.images(inventory) if label in images)
    return frozenset({ROOT, *named, *packed, *(pin.target for pin in (*listed, *ranges))})


def _artifacts(inventory: Inventory, source: Bom, images: Mapping[str, Bom]) -> Iterator[Artifact]:
    yield _artifact("source", source, inventory.digest)
    for label, bom in images.items():
        yield _artifact(label, bom, bom.root.version)
    complete = "incomplete" if source.complete == "incomplete" else "unknown"
    merged = merge(source.root, (source, *images.values()), complete=complete)
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
