"""Everything that was set, as one frozen record."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.feeds import places
from pipeline.model.exposure import Stated
from pipeline.model.record import Setting


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """The command line as typed; None or empty where nothing was said."""

    target: Path
    env: str | None = None
    base: str | None = None
    base_ref: str | None = None
    images: tuple[str, ...] = ()
    platform: str | None = None
    site: str | None = None
    policy: str | None = None
    out: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    as_of: str | None = None
    allow_past: bool = False
    jobs: int | None = None
    offline: bool = False
    store: str | None = None
    baseline: str | None = None
    record: bool = False


class StageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What was set for one stage."""

    timeout: float | None = None
    rules: tuple[Path, ...] = ()


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may know of earlier ones, and what it leaves to later ones."""

    store: Path
    """The file that holds the history."""
    timings: Path
    """Where it is kept how long the processes of a run take."""
    baseline: Path | None
    """A bundle that says what was there before; None for the history's word."""
    record: bool
    """Record the run although its branch is not protected."""
    branch: str | None
    """The branch that CI says it builds: empty for none, None where nobody says."""
    replayed: bool
    """The instant of the run was typed, and no clock was asked."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One run's settings. Paths are absolute."""

    target: Path
    """As named on the command line."""
    root: Path
    """The tree that is judged."""
    home: Path
    """The folder that paths of the configuration are relative to."""
    config: str | None
    """Where the configuration came from: a path, or `base:COMMIT:PATH`."""
    environment: str
    base: str | None
    """The commit, where one was named and can be used."""
    base_ref: str | None
    """The branch of the base commit, as the event names it; None where nobody said."""
    policy: str | None
    """The policy folder as named by flag, environment or file; None for the default."""
    out: Path
    images: tuple[str, ...]
    platform: str | None = None
    """`OS/ARCH[/VARIANT]`: which one, of images for several; None where only one may be meant."""
    site: str | None
    only: tuple[str, ...]
    skip: tuple[str, ...]
    now: datetime
    exclude: tuple[str, ...]
    requirements: tuple[str, ...] | None
    feeds: Mapping[str, str | None]
    """By feed: a folder, None for the user cache; for osv also `live`."""
    exposures: tuple[Stated, ...] = ()
    """What the configuration states of who can reach what."""
    stages: Mapping[str, StageSettings]
    tools: Mapping[str, Path]
    tools_root: Path
    cache: Path
    jobs: int
    offline: bool
    ci: bool
    keeping: Keeping
    origins: tuple[Setting, ...]

    def feed_folder(self, name: str) -> Path:
        """Return where a feed's snapshot is, or would be."""
        return places.place(name, configured=self.feeds[name], home=self.home, cache=self.cache)

    def feed_remedy(self, name: str) -> str:
        """Return what fetches a feed to where this run reads it."""
        return places.remedy(name, configured=self.feeds[name], home=self.home)
