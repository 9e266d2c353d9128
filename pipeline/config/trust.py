"""Whose policy judges, and whether the change under test could have written it."""

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from pipeline import resources
from pipeline.config.base import Base, BaseError
from pipeline.config.base import gap as base_gap
from pipeline.config.settings import Settings
from pipeline.config.tree import MAX_BLOB, MAX_FILES
from pipeline.errors import UsageError, Where
from pipeline.model.gap import Gap, GapReason
from pipeline.model.record import readable
from pipeline.model.verdict import PolicySource
from pipeline.policy.model import Policy

_DEFAULT: Final = "policies"
_EXCEPTIONS: Final = "exceptions/"


class PolicyFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of a policy folder, and where they were read."""

    files: Mapping[str, bytes]
    """By path relative to the folder."""
    source: str
    """`base:COMMIT:DIR`, `wheel` or `working-tree:DIR`."""
    trusted: bool
    gaps: tuple[Gap, ...] = ()
    """What this source means for the whole run."""


def policy_files(settings: Settings, base: Base | None, broken: BaseError | None) -> PolicyFiles:
    """Read the policy that counts.

    A base commit that cannot be used leaves the default policy and a gap: the findings are
    still judged and shown, and the run cannot pass. Raises UsageError for a folder that a
    person named and that holds no gate.yaml.
    """
    if broken is not None:
        return msgspec.structs.replace(_wheel(), gaps=(base_gap(broken),))
    if base is not None:
        return _from_base(settings, base)
    files = _from_disk(settings)
    gaps = source_gaps(files.source, trusted=files.trusted, ci=settings.ci)
    return msgspec.structs.replace(files, gaps=gaps)


def source_gaps(source: str, *, trusted: bool, ci: bool) -> tuple[Gap, ...]:
    """In CI, say where a policy comes from that the change under test could have written."""
    if trusted or not ci:
        return ()
    return (_untrusted(f"with CI set a policy from {source} is not trusted; pass --base COMMIT"),)


def source_of(settings: Settings, policy: Policy, files: PolicyFiles) -> PolicySource:
    """Say in the verdict which policy judges, and against which base."""
    return PolicySource(
        name=policy.name,
        digest=policy.digest,
        source=files.source,
        trusted=files.trusted,
        base=settings.base,
        base_ref=settings.base_ref if settings.base else None,
    )


def _untrusted(detail: str) -> Gap:
    return Gap(stage=None, target=None, reason=GapReason.POLICY_UNTRUSTED, detail=detail)


def _wheel() -> PolicyFiles:
    return PolicyFiles(files=_read(resources.policies()), source="wheel", trusted=True)


def _from_base(settings: Settings, base: Base) -> PolicyFiles:
    try:
        folder = base_folder(settings, base)
        if base.holds_policy(folder):
            files = base.folder(folder)
            return PolicyFiles(files=files, source=f"base:{base.commit}:{folder}", trusted=True)
    except BaseError as broken:
        return msgspec.structs.replace(_wheel(), gaps=(base_gap(broken),))
    if settings.policy is None:
        return _wheel()
    missing = BaseError(f"{folder}/gate.yaml is not in the base commit {base.commit[:12]}")
    return msgspec.structs.replace(_wheel(), gaps=(base_gap(missing),))


def base_folder(settings: Settings, base: Base) -> str:
    """Name the policy folder as the base commit knows it. Raises BaseError for one outside."""
    folder = Path(os.path.normpath(settings.home / (settings.policy or _DEFAULT)))
    if not folder.is_relative_to(base.repository):
        raise BaseError(f"the policy folder {settings.policy} lies outside of the repository")
    return folder.relative_to(base.repository).as_posix()


def head_files(settings: Settings) -> PolicyFiles:
    """Read the policy that a change would bring, where a base's policy judges it.

    Raises UsageError for what cannot be read.
    """
    name = settings.policy or _DEFAULT
    folder = settings.home / name
    if not os.path.lexists(folder / "gate.yaml") and _may_enter(folder):
        return _wheel()
    return _folder(folder, name)


def _from_disk(settings: Settings) -> PolicyFiles:
    folder = policy_folder(settings)
    # Also where it cannot be read: a policy that somebody wrote is never passed over.
    if not os.path.lexists(folder / "gate.yaml") and _may_enter(folder):
        if settings.policy is None:
            return _wheel()
        raise UsageError(
            f"the policy folder {settings.policy} holds no gate.yaml",
            hint="name the folder that holds it, or leave it out for the default policy",
        )
    return _folder(folder, settings.policy or _DEFAULT)


def policy_folder(settings: Settings) -> Path:
    """Return where the working tree has its policy, or would have it.

    What was typed is relative to where the user stands, the file's word to where the file is.
    """
    if settings.policy is None:
        return settings.home / _DEFAULT
    origin = next((s.origin for s in settings.origins if s.name == "policy"), "")
    typed = origin.startswith(("flag", "environment"))
    return Path(settings.policy).absolute() if typed else settings.home / settings.policy


def _folder(folder: Path, name: str) -> PolicyFiles:
    source = f"working-tree:{readable(name)}"
    return PolicyFiles(files=_read(folder), source=source, trusted=False)


def folder_files(folder: Path) -> PolicyFiles:
    """Read a folder that somebody compares policies of. Raises UsageError without a gate.yaml."""
    if not (folder / "gate.yaml").is_file():
        raise UsageError(
            f"{readable(str(folder))} holds no gate.yaml",
            hint="name a policy folder, or COMMIT:DIR with the full commit id",
        )
    return _folder(folder, str(folder))


def _may_enter(folder: Path) -> bool:
    return not os.path.isdir(folder) or os.access(folder, os.R_OK | os.X_OK)  # noqa: PTH112 -- it never raises


def _read(folder: Path) -> dict[str, bytes]:
    """Read a whole policy folder. Links are refused: they could lead anywhere."""
    paths = list(islice(_paths(folder), MAX_FILES + 1))
    if len(paths) > MAX_FILES:
        raise UsageError(
            f"{folder} holds more than {MAX_FILES} files, the most for a policy folder",
            hint="name the folder that holds gate.yaml and what belongs to it",
        )
    return {path.relative_to(folder).as_posix(): _bytes(path, folder) for path in sorted(paths)}


def _paths(folder: Path) -> Iterator[Path]:
    """Yield every file and every link; a folder that cannot be listed hides exceptions."""
    for here, folders, names in os.walk(folder, onerror=_unreadable):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(here) / name for name in (*names, *links))


def _bytes(path: Path, folder: Path) -> bytes:
    """Read a file as far as it may be judged by."""
    name = path.relative_to(folder).as_posix()
    if name != readable(name):
        raise UsageError(
            f"{folder}: the name {readable(name)} is not UTF-8", hint="give it another name"
        )
    if path.is_symlink() or not path.is_file():
        what = "a link" if path.is_symlink() else "no regular file"
        raise UsageError(
            f"{path} is {what}; a policy is made of regular files",
            hint="put the file itself there",
            where=Where(str(path)),
        )
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BLOB + 1)
    except OSError as exc:
        _unreadable(exc)
    # An exception that is too long is listed as invalid, for one bad file stops nothing.
    if len(data) > MAX_BLOB and not name.startswith(_EXCEPTIONS):
        raise UsageError(
            f"{path} has more than {MAX_BLOB} bytes, the most for a file of a policy",
            hint="shorten it, or move it out of the policy folder",
            where=Where(str(path)),
        )
    return data


def _unreadable(error: OSError) -> NoReturn:
    path = str(error.filename)
    raise UsageError(
        f"cannot read {path}: {error.strerror}", hint="check its permissions", where=Where(path)
    ) from error
