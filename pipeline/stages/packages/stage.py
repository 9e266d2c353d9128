"""Manifests of other ecosystems, and a second opinion on Python's: Trivy over the source."""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from pipeline.model.finding import Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory, Manifest
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.stages.base import Job, Options, Reports
from pipeline.stages.packages import locks as package_locks
from pipeline.stages.packages import origins as package_origins
from pipeline.stages.trivy import advisories as trivy_advisories
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.stages.trivy import command as trivy
from pipeline.stages.trivy import log as trivy_log
from pipeline.stages.trivy import report as trivy_report
from pipeline.stages.trivy.report import Document
from pipeline.toolchain.command import Command

NAME: Final = "packages"
KIND: Final = Kind.SCA
TOOLS: Final[tuple[str, ...]] = (trivy.TOOL,)
FEEDS: Final[tuple[str, ...]] = (trivy.FEED,)
redact = trivy_report.redact
redact_log = trivy_log.redact

_LOCKS: Final = re.compile(
    r"package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|go\.mod|.*gradle\.lockfile"
    r"|build\.sbt\.lock|Cargo\.lock|Gemfile\.lock|composer\.lock|packages\.lock\.json"
    r"|packages\.config|.*\.deps\.json|.*(?i:packages\.props)|mix\.lock|pubspec\.lock"
    r"|Package\.resolved|Podfile\.lock|conan\.lock|Manifest\.toml|environment\.ya?ml"
)
"""Files with exact versions that Trivy reads."""
_UNREADABLE: Final = frozenset({
    "npm-shrinkwrap.json", "bun.lockb", "deno.lock", "Gopkg.lock", "gems.locked",
    "conda-lock.yml", "maven_install.json", "paket.lock", "pixi.lock", "vcpkg.json",
    "cabal.project.freeze", "rebar.lock", "renv.lock", "stack.yaml.lock", "pixi.toml",
    "environment", "Cartfile", "Cartfile.resolved", "MODULE.bazel", "bower.json", "cabal",
    "deno.json", "deno.jsonc", "elm.json", "package.yaml", "paket.dependencies", "rebar.config",
    "stack.yaml",
})  # fmt: skip
"""Files, or forms of them, that Trivy does not read, and of which no lock that it reads speaks."""
_POM: Final = "pom.xml"
_MANY: Final = 5
_UNREAD: Final = "it cannot be read here, so that nobody says what an answer about it leaves out"
_PYTHON: Final = "PyPI"
_SUMS: Final = frozenset({"go.sum", "go.work.sum"})
"""Digests of what another file lists: no question of their own."""


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every manifest that is not Python's; one without a lock beside it is a gap."""
    del options
    others = [
        one
        for one in inventory.manifests
        if one.ecosystem != _PYTHON and posixpath.basename(one.path) not in _SUMS
    ]
    locks = {one for one in others if _LOCKS.fullmatch(posixpath.basename(one.path))}
    places = {(one.ecosystem, posixpath.dirname(one.path)) for one in locks}
    gaps = [gap for one in others if one not in locks and (gap := _refused(one, places))]
    loose = (one for one in others if one not in locks)
    # A lock beside a manifest is that manifest's; one above may be somebody else's: parse looks.
    far = (one.path for one in loose if (one.ecosystem, posixpath.dirname(one.path)) not in places)
    asked = {*(one.path for one in locks), *far, *(gap.target for gap in gaps)}
    return Scope(
        asked=tuple(sorted(path for path in asked if path is not None)),
        gaps=tuple(sorted(gaps, key=lambda gap: str(gap.target))),
    )


def _refused(manifest: Manifest, locks: AbstractSet[tuple[str, str]]) -> Gap | None:
    """Say why a manifest has no answer; None when a lock beside it or above it has."""
    base = posixpath.basename(manifest.path)
    if {base, manifest.form} & _UNREADABLE:
        return _gap(manifest.path, GapReason.UNSUPPORTED, "Trivy does not read this file")
    if base == _POM:
        # A lock of Gradle beside it says nothing of what Maven takes.
        detail = "what its dependencies bring along is not known offline, and no lock says it"
        return _gap(manifest.path, GapReason.UNPINNED, detail)
    if any((manifest.ecosystem, folder) in locks for folder in _folders(manifest.path)):
        return None
    detail = f"no lock file of {manifest.ecosystem} says which versions are meant"
    return _gap(manifest.path, GapReason.UNPINNED, detail)


def _folders(path: str) -> Iterator[str]:
    folder = path
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def commands(job: Job) -> tuple[Command, ...]:
    """Order the one process over the source; without a database there is no answer."""
    job.feed(trivy.FEED)
    return (trivy.source(job),)


def parse(job: Job, reports: Reports) -> Answer:
    """Read the vulnerabilities, and which manifests have an inventory."""
    job.feed(trivy.FEED)
    document = trivy_report.read(job, reports, trivy.SOURCE)
    listed = {
        result.path
        for result in document.of_class("lang-pkgs")
        if result.path is not None and result.packages
    }
    known = _known_ecosystems(document)
    return Answer(
        findings=tuple(
            finding
            for result in document.of_class("lang-pkgs")
            if result.path is not None
            for finding in trivy_advisories.findings(NAME, result.path, [result])
        ),
        answered=frozenset(
            path
            for path in job.scope.asked
            if path in listed or is_empty(job, path) or is_member(job, path)
        ),
        gaps=(
            *_gaps(job, listed, known),
            *_unknown(job),
            *_left_out(job, document),
            *_elsewhere(job),
        ),
        canary=Canary.FOUND if known else Canary.MISSED,
    )


def _known_ecosystems(document: Document) -> frozenset[str]:
    """Return the ecosystems of which the database proved to know something."""
    bitten = {result.target for result in document.of_class("lang-pkgs") if result.vulnerabilities}
    return frozenset(
        ecosystem for name, _, ecosystem in trivy_canary.PACKAGES if f"canary/{name}" in bitten
    )


def _gaps(job: Job, listed: set[str], known: frozenset[str]) -> Iterator[Gap]:
    known_before = {gap.target for gap in job.scope.gaps}
    for manifest in job.inventory.manifests:
        if manifest.path not in job.scope.asked or manifest.path in known_before:
            continue
        if manifest.path in listed and manifest.ecosystem not in known:
            detail = f"the database knows no vulnerability of {manifest.ecosystem}"
            yield _gap(manifest.path, GapReason.UNSUPPORTED, detail)
        elif manifest.path not in listed and _is_broken(job, manifest.path):
            yield _gap(manifest.path, GapReason.PARSE_ERROR, "this is not what its name says")
        elif not _LOCKS.fullmatch(posixpath.basename(manifest.path)) and not is_member(
            job, manifest.path
        ):
            detail = "no lock file beside it, and none above it names its folder"
            yield _gap(manifest.path, GapReason.UNPINNED, detail)


def _gap(path: str, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=NAME, target=path, reason=reason, detail=detail)


def _copy(job: Job, path: str) -> Path:
    return job.tree / "src" / path


def _is_broken(job: Job, path: str) -> bool:
    if not path.endswith(".json"):
        return False
    try:
        json.loads(_copy(job, path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return True
    return False


def is_empty(job: Job, path: str) -> bool:
    """Say whether a lock file, by our own reading, lists no package: Trivy does not name it."""
    try:
        data = _copy(job, path).read_bytes()
        match posixpath.basename(path):
            case "go.mod":
                return b"require" not in data and data.lstrip().startswith(b"module")
            case "package-lock.json" | "npm-shrinkwrap.json":
                lock = json.loads(data)
                return (
                    isinstance(lock, dict)
                    and "lockfileVersion" in lock
                    and not lock.get("dependencies")
                    and set(lock.get("packages", ())) <= {""}
                )
            case _:
                return False
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def is_member(job: Job, path: str) -> bool:
    """Say whether a lock above a manifest names it as a part of its project.

    npm, pnpm and Bun name each member's folder, Yarn since version 2 too, Cargo its name. What a
    lock does not name, it does not pin.
    """
    ecosystem = next((m.ecosystem for m in job.inventory.manifests if m.path == path), "")
    folder, base = posixpath.split(path)
    for lock in job.inventory.manifests:
        above, form = posixpath.split(lock.path)
        if lock.ecosystem != ecosystem or folder == above or above not in set(_folders(folder)):
            continue
        named = package_locks.members(form, _text(job, lock.path))
        if base == "Cargo.toml":
            here = package_locks.crate(_text(job, path))
        else:
            here = package_locks.below(folder, above)
        if here in named:
            return True
    return False


def _unknown(job: Job) -> Iterator[Gap]:
    """Name what a manifest wants and no lock beside it knows: whoever installs it takes any."""
    locks: dict[tuple[str, str], list[str]] = {}
    for one in job.inventory.manifests:
        if _LOCKS.fullmatch(posixpath.basename(one.path)):
            place = (one.ecosystem, posixpath.dirname(one.path))
            locks.setdefault(place, []).append(_text(job, one.path))
    for one in job.inventory.manifests:
        folder, base = posixpath.split(one.path)
        beside = locks.get((one.ecosystem, folder), [])
        try:
            wanted = package_locks.wanted(base, _text(job, one.path)) if beside else ()
        except package_locks.NotReadError:
            yield _gap(one.path, GapReason.PARSE_ERROR, _UNREAD)
            continue
        lost = [n for n in wanted if not any(package_locks.mentions(t, n) for t in beside)]
        if lost:
            detail = f"no lock beside it knows {_some(lost)}"
            yield _gap(one.path, GapReason.UNPINNED, detail)


def _left_out(job: Job, document: Document) -> Iterator[Gap]:
    """Name what a lock pins and the report's inventory of it lacks."""
    for result in document.of_class("lang-pkgs"):
        if result.path not in job.scope.asked or not result.packages:
            continue
        try:
            pinned = package_locks.pinned(posixpath.basename(result.path), _text(job, result.path))
        except package_locks.NotReadError:
            yield _gap(result.path, GapReason.PARSE_ERROR, _UNREAD)
            continue
        lost = pinned - {package.name for package in result.packages}
        if lost:
            detail = f"pinned, and absent from the report: {_some(lost)}"
            yield _gap(result.path, GapReason.NOT_LISTED, detail)


def _elsewhere(job: Job) -> Iterator[Gap]:
    """Name what a lock takes from elsewhere: Trivy asks by its name all the same."""
    for path in job.scope.asked:
        try:
            found = package_origins.elsewhere(posixpath.basename(path), _text(job, path))
        except package_locks.NotReadError:
            continue  # as `_left_out` says
        if found:
            detail = (
                f"from a repository, an address or a file, which no database knows: {_some(found)}"
            )
            yield _gap(path, GapReason.UNSUPPORTED, detail)


def _some(names: Iterable[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - _MANY} more" if len(shown) > _MANY else ""
    return ", ".join(shown[:_MANY]) + more


def _text(job: Job, path: str) -> str:
    try:
        return _copy(job, path).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
