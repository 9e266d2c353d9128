"""Where the history of a repository is kept, and what may be written to it."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from pipeline.config.base import repository_of
from pipeline.config.settings import Flags, Keeping
from pipeline.errors import UsageError


def keeping(
    flags: Flags,
    environment: Mapping[str, str],
    *,
    store: str,
    home: Path,
    target: Path,
    state: Path,
) -> Keeping:
    """Settle it. Raises UsageError for a baseline that is none.

    What was typed is relative to where the user stands, the file's word to where the file is.
    """
    typed = flags.store is not None or bool(environment.get("PENSTOCK_STORE"))
    place = Path(os.path.abspath(store if typed else home / store))  # noqa: PTH100 -- links stay
    return Keeping(
        store=place if store else state / "history" / f"{_name(target)}.sqlite",
        timings=state / "timings" / f"{_name(target)}.json",
        baseline=_baseline(flags.baseline),
        record=flags.record,
        branch=_branch(environment),
        replayed=flags.as_of is not None,
    )


def _name(target: Path) -> str:
    """Name what is kept of a repository so that two folders of one name have two."""
    top = repository_of(target) or target
    return f"{top.name or 'root'}-{hashlib.sha256(os.fsencode(top)).hexdigest()[:16]}"


def _baseline(typed: str | None) -> Path | None:
    if typed is None:
        return None
    path = Path(typed).absolute()
    if not (path / "run.json").is_file():
        raise UsageError(
            f"--baseline {typed} holds no evidence bundle",
            hint="name the folder that `penstock run --out` wrote at the base commit",
        )
    return path


def _branch(environment: Mapping[str, str]) -> str | None:
    """Return the branch that CI says it builds: empty for none, None where nobody says.

    In a pull request GITHUB_REF may name the branch that the change goes to.
    """
    if environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return ""
    if ref := environment.get("GITHUB_REF"):
        head = ref.removeprefix("refs/heads/")
        return "" if head == ref else head
    return environment.get("CI_COMMIT_BRANCH") or None
