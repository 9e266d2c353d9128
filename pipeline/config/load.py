"""Merges what was set: flags over environment over file over default."""

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from pipeline.config.base import Base
from pipeline.config.document import StageTable, seconds, usable
from pipeline.config.exposures import below, exposures
from pipeline.config.found import Found, find
from pipeline.config.keeping import keeping
from pipeline.config.outside import led_by
from pipeline.config.settings import Flags, Settings, StageSettings
from pipeline.config.toml import read
from pipeline.errors import UsageError, Where
from pipeline.model.record import Setting, readable
from pipeline.stages import STAGES
from pipeline.toolchain.quota import usable_cores

ENVIRONMENTS: Final = ("pr", "main", "release", "weekly")
_SHOWN: Final = 60
_JOBS: Final = re.compile(r"[1-9][0-9]{0,4}")
_PLATFORM: Final = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?")
_EMPTY: Final = b'schema = "penstock/config@1"\n'
T = TypeVar("T")


class _Merge:
    """Takes each setting from the first place that has it, and notes which that was."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.origins: list[Setting] = []

    def pick(
        self,
        name: str,
        flag: T | None,
        written: tuple[T | None, Callable[[], str]],
        default: T,
        *,
        read: Callable[[str], T] | None = None,
    ) -> T:
        variable = f"PENSTOCK_{name.upper()}"
        said = self.environment.get(variable, "")
        value, origin = default, "default"
        if flag is not None:
            value, origin = flag, f"flag --{name}"
        elif read is not None and said:
            value, origin = read(said), f"environment {variable}"
        elif written[0] is not None:
            value, origin = written[0], written[1]()
        _check_value(name, value, origin)
        self.note(name, value, origin)
        return value

    def note(self, name: str, value: object, origin: str) -> None:
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        self.origins.append(Setting(name=name, value=readable(text), origin=origin))


def _check_value(name: str, value: object, origin: str) -> None:
    """Refuse what no system takes as a name: an empty variable in a script must not pass by."""
    if origin == "default":
        return
    for text in value if isinstance(value, tuple) else (value,):
        try:
            if not text:
                raise ValueError("this is empty")  # noqa: TRY301 -- as the other faults are told
            usable(str(text))
        except ValueError as exc:
            raise UsageError(
                f"{name} cannot be {_shortened(str(text))!r}: {exc} ({origin})",
                hint="name something, or leave it out for the default",
            ) from exc


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def load(
    flags: Flags,
    *,
    environment: Mapping[str, str],
    base: Base | None,
    now: datetime,
    ci: bool,
    tools_root: Path,
    cache: Path,
    state: Path | None = None,
    written: bool = True,
) -> Settings:
    """Merge everything that was set. Raises UsageError for what a person can mend.

    Not `written`: no file is read, for the one that counts is out of reach.
    """
    target = _target(flags.target)
    found = find(target, base) if written else None
    document = found.document if found else read(_EMPTY, "default")
    assert document is not None  # noqa: S101 -- the empty document is a constant that reads
    home = found.home if found else target
    merge = _Merge(environment)

    def at(*keys: str) -> Callable[[], str]:
        return lambda: found.origin(*keys) if found else "default"

    source = document.source
    environment_name = merge.pick("env", flags.env, (None, at()), "pr", read=str)
    _check_names(environment_name, flags)
    written_images = tuple(entry.ref for entry in document.image)
    jobs = merge.pick("jobs", flags.jobs, (None, at()), usable_cores(), read=_positive)
    out = merge.pick("out", flags.out, (document.out, at("out")), "", read=str)
    store = merge.pick("store", flags.store, (document.store, at("store")), "", read=str)
    settings = Settings(
        target=target,
        root=_root(target, home, source.root, found),
        home=home,
        config=found.name if found else None,
        environment=environment_name,
        base=base.commit if base else None,
        base_ref=readable(flags.base_ref or environment.get("PENSTOCK_BASE_REF", "")) or None,
        policy=merge.pick("policy", flags.policy, (document.policy, at("policy")), None, read=str),
        out=_out(out, flags, environment, home, target),
        platform=flags.platform,
        images=merge.pick("image", flags.images or None, (written_images or None, at("image")), ()),
        site=merge.pick(
            "site",
            flags.site,
            (document.site.url if document.site else None, at("site", "url")),
            None,
            read=str,
        ),
        only=flags.only,
        skip=flags.skip,
        now=now,
        exclude=tuple(source.exclude),
        requirements=None if source.requirements is None else tuple(source.requirements),
        feeds={
            name: merge.pick(f"feeds.{name}", None, (path, at("feeds", name)), None)
            for name, path in document.feeds
        },
        exposures=exposures(document, at, below(target, home)),
        stages={name: _stage(table, home) for name, table in document.stages.items()},
        tools={name: (home / table.path) for name, table in document.tools.items()},
        tools_root=tools_root,
        cache=cache,
        jobs=jobs,
        offline=flags.offline or bool(environment.get("PENSTOCK_OFFLINE")),
        ci=ci,
        keeping=keeping(
            flags, environment, store=store, home=home, target=target, state=state or cache
        ),
        origins=(),
    )
    _note_base(merge, settings)
    _note_lists(merge, settings, at)
    if flags.platform is not None:
        merge.note("platform", flags.platform, "flag --platform")
    if flags.as_of is not None:
        merge.note("as-of", flags.as_of, "flag --as-of")  # what is signed must not have it
    return msgspec.structs.replace(settings, origins=tuple(sorted(merge.origins)))


def _note_base(merge: _Merge, settings: Settings) -> None:
    """Note against which commit the change is held, and who named it."""
    for name, value in (("base", settings.base), ("base_ref", settings.base_ref)):
        if value:
            said = merge.environment.get(f"PENSTOCK_{name.upper()}") == value
            option = name.replace("_", "-")
            origin = f"environment PENSTOCK_{name.upper()}" if said else f"flag --{option}"
            merge.note(option, value, origin)


def _note_lists(merge: _Merge, settings: Settings, at: Callable[..., Callable[[], str]]) -> None:
    """Note what only a file can set, where it did."""
    if settings.exclude:
        merge.note("source.exclude", settings.exclude, at("source", "exclude")())
    if settings.requirements is not None:
        merge.note("source.requirements", settings.requirements, at("source", "requirements")())
    for index, one in enumerate(settings.exposures):
        told = f"{one.exposure}: {', '.join((*one.paths, *one.images))}"
        merge.note(f"exposure.{index}", told, one.source)
    for name, table in settings.stages.items():
        if table.timeout is not None:
            merge.note(f"stages.{name}.timeout", f"{table.timeout:g}s", at("stages", name)())
        if table.rules:
            merge.note(f"stages.{name}.rules", table.rules, at("stages", name, "rules")())
    for name, path in settings.tools.items():
        merge.note(f"tools.{name}.path", path, at("tools", name, "path")())
    for flag, values in (("only", settings.only), ("skip", settings.skip)):
        if values:
            merge.note(flag, values, f"flag --{flag}")


def _target(path: Path) -> Path:
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError) as exc:
        raise UsageError(
            f"the target {path} cannot be found", hint="name a folder that is here"
        ) from exc
    if not resolved.is_dir():
        raise UsageError(f"the target {path} is no folder", hint="name the folder of a repository")
    if not os.access(resolved, os.R_OK | os.X_OK):
        raise UsageError(f"the target {path} cannot be read", hint="check its permissions")
    if link := led_by(path):
        raise UsageError(
            f"the target {path} is led to {resolved} by {link}, a link of the repository",
            hint="name the folder itself: a change can turn the link to another one",
        )
    return resolved


def _root(target: Path, home: Path, written: str, found: Found | None) -> Path:
    if os.path.normpath(written) == ".":
        return target
    root = Path(os.path.realpath(home / written))  # resolve() refuses a link to itself
    if not root.is_dir() or not root.is_relative_to(home):
        place = found.origin("source", "root") if found else "penstock.toml"
        raise UsageError(
            f"source.root {written!r} is no folder below {home}",
            hint="name a folder that is here, relative to the file",
            where=Where(place),
        )
    if link := led_by(home / written):
        raise UsageError(
            f"source.root {written!r} is led to {root} by {link}, a link of the repository",
            hint="name the folder itself: a change can turn the link to another one",
        )
    if not root.is_relative_to(target):
        raise UsageError(
            f"source.root {written!r} does not lie in the target {target}",
            hint="name the folder of the configuration as the target",
        )
    return root


def _out(out: str, flags: Flags, environment: Mapping[str, str], home: Path, target: Path) -> Path:
    """Take what was typed relative to where the user stands, the file's word to where it is."""
    if not out:
        return target / ".penstock"
    typed = flags.out is not None or bool(environment.get("PENSTOCK_OUT"))
    return Path(os.path.abspath(out if typed else home / out))  # noqa: PTH100 -- links stay


def _stage(table: StageTable, home: Path) -> StageSettings:
    return StageSettings(
        timeout=None if table.timeout is None else seconds(table.timeout),
        rules=tuple(home / rule for rule in table.rules),
    )


def _check_names(environment: str, flags: Flags) -> None:
    _one_of("environment", environment, ENVIRONMENTS)
    for name in (*flags.only, *flags.skip):
        _one_of("stage", name, tuple(STAGES))
    both = sorted({*flags.only} & {*flags.skip})
    if both:
        raise UsageError(
            f"--only and --skip both name {', '.join(both)}", hint="name a stage in one of them"
        )
    if flags.platform is not None and _PLATFORM.fullmatch(flags.platform) is None:
        raise UsageError(f"{readable(flags.platform)!r} is no platform", hint="such as linux/amd64")
    for image in flags.images:
        if image != readable(image):
            raise UsageError(
                f"the image {readable(image)} is not named in UTF-8",
                hint="give the layout or archive another name",
            )


def _one_of(what: str, name: str, known: tuple[str, ...]) -> None:
    import difflib

    if name in known:
        return
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    raise UsageError(f"there is no {what} {name!r}", hint=hint)


def _positive(text: str) -> int:
    if not _JOBS.fullmatch(text):
        raise UsageError(
            f"PENSTOCK_JOBS must be a positive number, not {text!r}",
            hint="leave it unset to use every core",
        )
    return int(text)
