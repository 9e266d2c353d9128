"""The evidence of the base, as far as it can say what a change did not bring."""

from datetime import UTC
from pathlib import Path

from pipeline.bundle.read import BundleError, Stored, read
from pipeline.config.base import repository_of
from pipeline.config.settings import Settings
from pipeline.runner.ancestry import is_ancestor
from pipeline.store.looks import IMAGE, look
from pipeline.store.states import Baseline, of_findings


def baseline(settings: Settings, path: Path) -> tuple[Baseline | None, str]:
    """Read a bundle as a baseline: it, or why it cannot be one."""
    try:
        stored = read(path)
    except BundleError as error:
        return None, error.message
    if why := _unusable(settings, stored):
        return None, why
    at = stored.facts.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    looks = (
        look(evidence, at=at, targets=_targets(stored, evidence.stage))
        for evidence in stored.stages
    )
    return of_findings(stored.findings, [one for one in looks if one is not None]), ""


def _targets(stored: Stored, stage: str) -> tuple[str, ...]:
    """Read which images a run was asked about; of source files an inventory lists all there are."""
    name = f"coverage/{stage}.txt"
    if stage != IMAGE or name not in stored.run.files:
        return ()
    listed = (stored.path / name).read_text(encoding="utf-8", errors="replace")
    return tuple(line.partition("\t")[2] for line in listed.splitlines())


def _unusable(settings: Settings, stored: Stored) -> str:
    """Say why a bundle is no word about the base; nothing where it is one."""
    run, subject = stored.run, stored.facts.subject
    faults = {
        "its evidence was not taken by Penstock": run.origin != "own",
        "it rests on excerpts of feeds": run.demo,
        "its run was interrupted": run.interrupted,
        "it is of no commit, or files had been changed": subject.dirty is not False,
        "it is of two commits": subject.commit != run.commit,
    }
    if why := next((fault for fault, is_so in faults.items() if is_so), ""):
        return why
    return _elsewhere(settings, subject.commit or "")


def _elsewhere(settings: Settings, commit: str) -> str:
    """Say why a commit is none that the change has grown from; nothing where it is one."""
    if settings.environment == "pr" and settings.base is None:
        return "what a pull request may be held against is only known with --base"
    top = repository_of(settings.target)
    anchor = settings.base or "HEAD"
    if top is None or not is_ancestor(top, commit, anchor):
        named = settings.base[:12] if settings.base else "HEAD"
        return f"its commit {commit[:12]} is neither {named} nor before it"
    return ""
