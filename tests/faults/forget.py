"""Takes one target out of a stage's reports, and leaves everything else as the tool wrote it."""

import json
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from pipeline.stages.base import Job, Reports
from pipeline.toolchain.command import Report

_COPY: Final = "src/"
_TERRAFORM: Final = ".tf"


def _each(reports: Reports, change: Callable[[Any], Any]) -> Reports:
    """Change every report, as JSON."""
    return {
        label: msgspec.structs.replace(one, data=json.dumps(change(json.loads(one.data))).encode())
        for label, one in reports.items()
        if isinstance(one, Report)
    }


def _without(items: Iterable[Any], is_it: Callable[[Any], bool]) -> list[Any]:
    return [item for item in items if not is_it(item)]


def semgrep(reports: Reports, target: str) -> Reports:
    def change(document: Any) -> Any:
        scanned = _without(document["paths"]["scanned"], lambda path: path == _COPY + target)
        return {**document, "paths": {**document["paths"], "scanned": scanned}}

    return _each(reports, change)


def pip_audit(reports: Reports, target: str) -> Reports:
    name = _name(target)

    def one(said: Any) -> Any:
        listed = json.loads(said["stdout"])
        kept = _without(listed["dependencies"], lambda entry: entry["name"] == name)
        return {**said, "stdout": json.dumps({**listed, "dependencies": kept})}

    return _each(
        reports, lambda audit: {**audit, "rounds": [one(said) for said in audit["rounds"]]}
    )


def image(reports: Reports, target: str) -> Reports:
    """Take the first installed package out: the image has one target, which rests on all."""

    def change(document: Any) -> Any:
        results = document.get("Results", [])
        for result in results:
            if result["Class"] == "os-pkgs" and document["ArtifactType"] == "container_image":
                result["Packages"] = result["Packages"][1:]
        return {**document, "Results": results}

    return _each(reports, change)


def packages(reports: Reports, target: str) -> Reports:
    return _without_results(reports, {_COPY + target})


def config(reports: Reports, target: str) -> Reports:
    """Take a file out; of Terraform its module, which speaks for every file in it."""
    module = {_COPY + posixpath.dirname(target)} if target.endswith(_TERRAFORM) else set()
    return _without_results(reports, {_COPY + target, *module})


def canary(reports: Reports, target: str) -> Reports:
    """Take out what was found in one of the planted files: Trivy names no clean one."""
    return _without_results(reports, {target})


def _without_results(reports: Reports, targets: Collection[str]) -> Reports:
    def change(document: Any) -> Any:
        kept = _without(document["Results"], lambda result: result["Target"] in targets)
        return {**document, "Results": kept}

    return _each(reports, change)


def workflows(reports: Reports, target: str) -> Reports:
    line = f"completed {_COPY}{target}"
    return {
        label: msgspec.structs.replace(
            one,
            stderr="\n".join(_without(one.stderr.splitlines(), lambda said: said.endswith(line))),
        )
        for label, one in reports.items()
        if isinstance(one, Report)
    }


def sbom(reports: Reports, target: str) -> Reports:
    """Take out a package by its name, or a manifest by its path: of the source, not of images."""
    name = _name(target)
    names = {name, _COPY + target}

    def change(document: Any) -> Any:
        if "components" not in document or _is_of_an_image(document):
            return document
        kept = _without(document["components"], lambda one: one["name"].lower() in names)
        return {**document, "components": kept}

    return _each(reports, change)


def _is_of_an_image(document: Any) -> bool:
    root: Mapping[str, object] = document["metadata"].get("component", {})
    return root.get("type") == "container"


def itself(job: Job, target: str) -> set[str]:
    """Say what is lost with a target that nothing else rests on."""
    return {target}


def by_name(job: Job, target: str) -> set[str]:
    """A range in a manifest is answered by the pin of that name in its lock."""
    lost = {one.target for one in job.inventory.pins if one.name == _name(target)}
    return lost or {target}


def by_module(job: Job, target: str) -> set[str]:
    folder = posixpath.dirname(target)
    module = {path for path in job.scope.asked if posixpath.dirname(path) == folder}
    return {path for path in module if path.endswith(_TERRAFORM)} | {target}


class Forgetting(NamedTuple):
    """How a target is taken out of a stage's reports, and what is lost with it."""

    take_out: Callable[[Reports, str], Reports]
    lost: Callable[[Job, str], set[str]] = itself


FORGET: Final[Mapping[str, Forgetting]] = {
    "semgrep": Forgetting(semgrep),
    "pip-audit": Forgetting(pip_audit, by_name),
    "image": Forgetting(image),
    "config": Forgetting(config, by_module),
    "packages": Forgetting(packages),
    "workflows": Forgetting(workflows),
    "sbom": Forgetting(sbom, by_name),
}


def targets(job: Job) -> tuple[str, ...]:
    """Return what stands in a list by name: an SBOM's own subjects rest on all of it."""
    if job.stage != "sbom":
        return job.scope.asked
    subjects = {"source", *(one.ref for one in job.inventory.images)}
    return tuple(target for target in job.scope.asked if target not in subjects)


def _name(target: str) -> str:
    return target.rpartition("#")[2].partition("==")[0]
