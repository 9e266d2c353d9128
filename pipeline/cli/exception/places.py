"""Finds the policy folder whose exceptions a command reads and writes: the working tree's own."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.read import Stored
from pipeline.cli import options
from pipeline.config.base import repository_of
from pipeline.config.load import load as load_settings
from pipeline.config.settings import Flags
from pipeline.config.trust import PolicyFiles, policy_files, policy_folder
from pipeline.errors import PenstockError, UsageError
from pipeline.model.verdict import PolicySource, Subject
from pipeline.policy.case import Case
from pipeline.policy.loading.load import load
from pipeline.policy.loading.records import FOLDER
from pipeline.policy.model import Policy, PolicyException
from pipeline.runner.again import stored_case
from pipeline.runner.approvals import with_approvals
from pipeline.stages import STAGES
from pipeline.toolchain.git import commit, git

_PATIENCE: Final = 20.0
"""How long git may take to remember the names of old exceptions."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A policy folder of the working tree, read once."""

    folder: Path
    """Absolute."""
    source: PolicyFiles
    policy: Policy
    repository: Path | None

    @property
    def exceptions(self) -> Path:
        """Where its exceptions lie."""
        return self.folder / FOLDER.rstrip("/")

    def with_file(self, name: str, data: bytes) -> Policy:
        """Load the policy as it would be with one more exception."""
        files = {**self.source.files, f"{FOLDER}{name}": data}
        return load(files, stages=tuple(STAGES), where=self.source.source)

    def case(self, stored: Stored | None, *, now: datetime) -> Case:
        """Make the case of a bundle, or one without evidence, by this policy at this instant."""
        bare = _no_evidence(self, now) if stored is None else stored_case(stored)
        made = msgspec.structs.replace(
            bare, policy=self.policy, source=_named(self), now=now, signatures=(), authors=()
        )
        return with_approvals(made, self._as_committed(), repository=self.repository)

    def _as_committed(self) -> PolicyFiles:
        """Let git say who wrote each file: an author may not approve."""
        head = commit(self.repository) if self.repository else None
        if self.repository is None or head is None:
            return self.source
        if not self.folder.is_relative_to(self.repository):
            return self.source
        folder = self.folder.relative_to(self.repository).as_posix()
        return msgspec.structs.replace(self.source, source=f"base:{head}:{folder}")


def _named(place: Place) -> PolicySource:
    return PolicySource(
        name=place.policy.name,
        digest=place.policy.digest,
        source=place.source.source,
        trusted=False,
    )


def _no_evidence(place: Place, now: datetime) -> Case:
    return Case(
        policy=place.policy,
        source=_named(place),
        environment="pr",
        now=now,
        subject=Subject(commit=None, tree=None, dirty=None, images=()),
        stages=(),
        findings=(),
        gaps=(),
    )


def find(policy: str | None, *, environment: Mapping[str, str], now: datetime) -> Place:
    """Find the policy that `--policy`, penstock.toml or the working tree names.

    Raises UsageError where the repository has none of its own: there exceptions would be ignored.
    """
    here = repository_of(Path.cwd()) or Path.cwd()
    settings = load_settings(
        Flags(target=here, policy=policy),
        environment=environment,
        base=None,
        now=now,
        ci=False,
        tools_root=options.tools_root(environment),
        cache=options.cache(environment),
    )
    source = policy_files(settings, None, None)
    if source.source == "wheel":
        raise UsageError(
            "this repository has no policy of its own, and the default one takes no exceptions",
            hint="`penstock policy init` writes policies/gate.yaml",
        )
    return Place(
        folder=policy_folder(settings),
        source=source,
        policy=load(source.files, stages=tuple(STAGES), where=source.source),
        repository=repository_of(settings.home),
    )


def loaded(policy: Policy, ident: str) -> PolicyException:
    """Return an exception of a policy. Raises UsageError with what is wrong with its file."""
    for one in policy.exceptions:
        if one.id == ident:
            return one
    for bad in policy.bad_exceptions:
        if bad.id == ident:
            raise UsageError(bad.reason, hint="nothing was written", where=bad.place)
    known = ", ".join(one.id for one in policy.exceptions)
    raise UsageError(
        f"there is no exception {ident}",
        hint=f"exceptions here: {known}" if known else "none is here; `exception new` drafts one",
    )


def names(place: Place, folder: Path) -> tuple[str, ...]:
    """Return every name that an exception of this repository has or had: ids are never reused."""
    there = (entry.name for entry in folder.iterdir()) if folder.is_dir() else ()
    renewed = (one.supersedes or "" for one in place.policy.exceptions)
    return (*place.source.files, *there, *renewed, *_gone(place))


def _gone(place: Place) -> tuple[str, ...]:
    """Return the names that git remembers; none where it does not answer."""
    if place.repository is None or not place.exceptions.is_relative_to(place.repository):
        return ()
    folder = place.exceptions.relative_to(place.repository).as_posix()
    try:
        listed = git(
            place.repository, "rev-list", "--all", "--objects", "--", folder, timeout=_PATIENCE
        )
    except PenstockError:
        return ()
    return tuple(listed.decode("utf-8", "replace").splitlines())
