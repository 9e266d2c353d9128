"""Whether the base commit belongs to a branch that the policy calls protected."""

from typing import Final

from pipeline.config.settings import Settings
from pipeline.config.trust import PolicyFiles
from pipeline.model.gap import Gap, GapReason
from pipeline.model.record import readable
from pipeline.policy.globs import matches

_HEADS: Final = "refs/heads/"


def branch_of(ref: str) -> str:
    """Return a branch's own name."""
    return ref.removeprefix(_HEADS)


def ref_gaps(settings: Settings, files: PolicyFiles, protected: tuple[str, ...]) -> tuple[Gap, ...]:
    """Say where a base's policy counts only on branches that the base is not known to be of.

    Without CI nobody has to name the branch; a wrong one is refused everywhere.
    """
    if not protected or not files.source.startswith("base:"):
        return ()
    ref = settings.base_ref
    if ref is None:
        told = "which branch the base commit is of is not known; pass --base-ref NAME"
        return (_untrusted(told),) if settings.ci else ()
    if any(matches(glob, branch_of(ref)) for glob in protected):
        return ()
    names = ", ".join(protected)
    return (_untrusted(f"the base is of {readable(ref)}; protected_refs has only {names}"),)


def _untrusted(detail: str) -> Gap:
    return Gap(stage=None, target=None, reason=GapReason.POLICY_UNTRUSTED, detail=detail)
