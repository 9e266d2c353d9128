"""What of a run, beside the policy, the change under test could have written."""

import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from pipeline.config.base import Base, BaseError, repository_of
from pipeline.config.settings import Settings
from pipeline.feeds import ENRICHING, lockfile, places
from pipeline.feeds.lockfile import LOCK, Locked
from pipeline.model.artifact import Feed
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.record import readable

_Noted: TypeAlias = Mapping[str, Locked]
_LINKS: Final = 40
"""As many as Linux follows."""


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What is read from where the change can write to."""

    gaps: tuple[Gap, ...] = ()
    pins: Mapping[str, Locked] = {}
    """By feed: what the lock of the base commit says that it has to be."""


def look(settings: Settings, base: Base | None) -> Outside:
    """In CI, say what else the change could have written, and which feeds the base vouches for."""
    if not settings.ci:
        return Outside()
    # A change may write to its whole repository, also where TARGET is a folder of it.
    reach = (repository_of(settings.target) or settings.target).resolve()
    lock_in = cache(partial(_lock_in, base))
    pins: dict[str, Locked] = {}
    gaps = [
        _untrusted(f"{what} lies inside the repository and is not from a base commit")
        for what, path in _named(settings, base).items()
        if path is not None and crosses(path, reach)
    ]
    for name, path in _folders(settings).items():
        if crosses(path, reach):
            found = _noted(name, path, lock_in)
            if isinstance(found, Locked):
                pins[name] = found
            else:
                gaps.append(_untrusted(f"the feed {name} lies inside the repository, and {found}"))
    return Outside(gaps=tuple(gaps), pins=pins)


def feed_gaps(
    pins: Mapping[str, Locked], opened: Mapping[str, Feed | ToolError]
) -> tuple[Gap, ...]:
    """Say which feeds of the change are not the ones that the base commit notes."""
    return tuple(
        _untrusted(
            f"the feed {name} lies inside the repository, and is not the one that {LOCK} of the "
            f"base commit notes: {told}"
        )
        for name, pin in pins.items()
        if (told := _unlike(name, pin, opened.get(name)))
    )


def _unlike(name: str, pin: Locked, one: Feed | ToolError | None) -> str:
    match one:
        case Feed():
            return "; ".join(pin.unlike(one))
        case ToolError():
            return one.message
        case None:
            # Feeds of stages are looked for where a stage asks; these, where they are there.
            return "it was taken away" if name in ENRICHING else ""


def crosses(path: Path, reach: Path) -> bool:
    """Say whether a path ends inside a folder, or is led on its way by a link that lies there."""
    waiting, here, links = [*reversed(path.absolute().parts)], Path("/"), 0
    while waiting:
        name = waiting.pop()
        here = here.parent if name == ".." else here / name
        if not os.path.islink(here):  # noqa: PTH114 -- it never raises
            continue
        links += 1
        if here.is_relative_to(reach) or links > _LINKS:
            return True
        waiting += reversed(here.readlink().parts)
        here = here.parent
    return here.is_relative_to(reach)


def led_by(path: Path) -> Path | None:
    """Return the link by which a repository leads on to another of its own folders, if one does."""
    here, top = Path("/"), repository_of(path.resolve())
    for name in path.absolute().parts[1:]:
        here = here / name
        if here.is_symlink() and top is not None and here.parent.resolve().is_relative_to(top):
            return here
    return None


def _named(settings: Settings, base: Base | None) -> Mapping[str, Path | None]:
    return {
        "the configuration": settings.home if settings.config and base is None else None,
        "the tools folder": settings.tools_root,
        "the history": settings.keeping.store,
        "the baseline": settings.keeping.baseline,
        **{f"the tool {name}": path for name, path in settings.tools.items()},
        **{
            f"what {stage} takes its rules from, {readable(str(path))},": path
            for stage, one in settings.stages.items()
            for path in one.rules
        },
    }


def _folders(settings: Settings) -> Mapping[str, Path]:
    """Return where the feeds lie; a live one lies nowhere."""
    return {
        name: settings.feed_folder(name)
        for name, where in settings.feeds.items()
        if where != places.LIVE
    }


def _noted(name: str, folder: Path, lock_in: Callable[[Path], _Noted | str]) -> Locked | str:
    """Return what the base commit's lock beside a feed notes of it, or why nothing does."""
    found = lock_in(folder.absolute().parent)
    if isinstance(found, str):
        return found
    return found.get(name) or f"{LOCK} beside it in the base commit does not note it"


def _lock_in(base: Base | None, folder: Path) -> _Noted | str:
    if base is None:
        return "is not from a base commit"
    if ".." in folder.parts or not folder.is_relative_to(base.repository):
        return f"no {LOCK} can be beside it in the base commit"
    try:
        data = base.read((folder / LOCK).relative_to(base.repository).as_posix())
        return {} if data is None else lockfile.parsed(data).feeds
    except BaseError as error:
        return f"its lock cannot be read: {error.message}"
    except (ValueError, RecursionError) as error:
        return f"its {LOCK} in the base commit cannot be read: {error}"


def _untrusted(detail: str) -> Gap:
    return Gap(stage=None, target=None, reason=GapReason.POLICY_UNTRUSTED, detail=detail)
