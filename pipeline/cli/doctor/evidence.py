"""Says whether scanners and feeds of this machine answer what the target's policy asks."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, assert_never

from pipeline.cli.doctor.view import Check, State
from pipeline.config.settings import Settings
from pipeline.errors import PenstockError
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import GapReason, ToolError

if TYPE_CHECKING:  # reading policies is no small thing to import
    from pipeline.policy.model import Policy
    from pipeline.toolchain.lock import Lock

_REPLACE: Final = "lock another release (penstock tools lock --update), or wait; see docs/tools.md"


def checks(settings: Settings) -> Iterator[Check]:
    """Yield the policy, the sandbox, each scanner and feed; what no stage needs is no problem."""
    from pipeline.cli.doctor import sandbox
    from pipeline.toolchain import lock as locks

    try:
        policy, source = _policy(settings)
        value = f"{policy.name}, from {source}, as it judges in {settings.environment}"
        yield Check(name="policy", value=value)
    except PenstockError as error:
        said = error.message.splitlines()[0]
        yield Check(name="policy", value=said, state=State.PROBLEM, hint=error.hint)
        policy = _shipped()
    yield from _trust(settings)
    yield from sandbox.checks(policy.demands.sandbox)
    lock = locks.read()
    yield from _rules(policy, lock)
    yield from _scanners(settings, policy, lock)
    yield from feeds(settings, policy)


def _policy(settings: Settings) -> "tuple[Policy, str]":
    """Read the policy of the target, or the one that ships, and say where it was."""
    from pipeline.config.trust import policy_files
    from pipeline.policy.loading.load import load
    from pipeline.stages import STAGES

    files = policy_files(settings, None, None)
    return load(files.files, stages=tuple(STAGES), where=files.source), files.source


def _shipped() -> "Policy":
    from pipeline import resources
    from pipeline.config.trust import folder_files
    from pipeline.policy.loading.load import load
    from pipeline.stages import STAGES

    files = folder_files(resources.policies())
    return load(files.files, stages=tuple(STAGES), where="wheel")


def _trust(settings: Settings) -> Iterator[Check]:
    """In CI, say what of all this a change could have written where no base commit is named."""
    from pipeline.config.outside import look

    for gap in look(settings, None).gaps:
        hint = "name the base commit (--base), or keep it out of the repository"
        yield Check(name="trust", value=gap.detail, state=State.NOTE, hint=hint)


def _rules(policy: "Policy", lock: "Lock") -> Iterator[Check]:
    own, days = len(policy.demands.denied_tools), policy.demands.cool_down_days
    yield Check(
        name="tool rules",
        value=f"no release runs that is younger than {days} days, or denied: "
        f"{len(lock.denied)} entries of Penstock, {own} of the policy",
    )


def _scanners(settings: Settings, policy: "Policy", lock: "Lock") -> Iterator[Check]:
    from pipeline.stages import STAGES
    from pipeline.toolchain.locate import locate

    required = policy.required(settings.environment)
    needed = {tool for name in STAGES if required[name] != "no" for tool in STAGES[name].TOOLS}
    found = locate(lock.tools, root=settings.tools_root, overrides=settings.tools, lock=lock)
    for name, one in found.items():
        told = scanner(name, one, policy, lock, settings.now)
        yield told if name in needed else _unneeded(told)


def scanner(
    name: str, one: Tool | ToolError, policy: "Policy", lock: "Lock", now: datetime
) -> Check:
    """Say what a scanner is, and whether the policy would let it run."""
    from pipeline.plan.barred import barred
    from pipeline.toolchain import lock as locks

    label, today = f"tool {name}", now.astimezone(UTC).date()
    match one:
        case ToolError():
            return _problem(label, one)
        case Tool(locked=False):
            return _unlocked(label, one, policy.demands.unlocked)
        case Tool():
            made = locks.origin(lock.tool(name))
            told = f"{one.version} of {one.released} ({_days(one.released, today)}), {made}"
            value = f"{told}, {one.sha256[:19]}"
            refused = barred(one, policy.demands, lock, today)
            if refused:
                return Check(
                    name=label,
                    value=f"{value}: {refused}",
                    state=State.PROBLEM,
                    hint=_REPLACE,
                )
            return Check(name=label, value=value)


def _unlocked(label: str, one: Tool, word: Literal["refuse", "warn"]) -> Check:
    """Say of a program of the user's own what the policy makes of its answers."""
    told = f"{one.path} is not locked (evidence.tools.unlocked: {word})"
    match word:
        case "refuse":
            hint = f"take [tools.{one.name}] out of penstock.toml: what it says is not believed"
            return Check(name=label, value=told, state=State.PROBLEM, hint=hint)
        case "warn":
            return Check(name=label, value=told, state=State.NOTE, hint="the policy warns of it")
        case _:
            assert_never(word)


def _days(released: str, today: date) -> str:
    age = (today - date.fromisoformat(released)).days
    return f"{age} day{'' if age == 1 else 's'} old"


def feeds(settings: Settings, policy: "Policy") -> Iterator[Check]:
    """Yield each feed that a stage needs or that the target names."""
    from pipeline.feeds import ON_REQUEST, places

    limits = _limits(settings, policy)
    folders: dict[str, Path] = {}
    for name, where in settings.feeds.items():
        if name == "osv" and where == places.LIVE:
            yield _live(f"feed {name}", offline=settings.offline)
        elif where or name not in ON_REQUEST or settings.feed_folder(name).exists():
            folders[name] = settings.feed_folder(name)
    remedies = {name: settings.feed_remedy(name) for name in folders}
    for name, one in places.open_all(folders, remedies).items():
        told = feed(name, one, limits.get(name), policy, settings)
        yield told if name in limits else _unneeded(told)


def _live(label: str, *, offline: bool) -> Check:
    if offline:
        told = "it is set to live, and PENSTOCK_OFFLINE is set"
        hint = "name a synced snapshot: penstock feeds sync osv"
        return Check(name=label, value=told, state=State.PROBLEM, hint=hint)
    return Check(name=label, value="live: the public service is asked at each run")


def _limits(settings: Settings, policy: "Policy") -> Mapping[str, int]:
    """Return by feed that is asked for how many hours old it may be, by the strictest stage."""
    from pipeline.policy.demand import DEFAULT_ENRICHMENT_AGE, DEFAULT_FEED_AGE
    from pipeline.stages import STAGES

    demands, found = policy.demands, dict[str, int]()
    for name, required in policy.required(settings.environment).items():
        hours = demands.stages[name].max_feed_age_hours or DEFAULT_FEED_AGE
        for feed in STAGES[name].FEEDS if required != "no" else ():
            found[feed] = min(hours, found.get(feed, hours))
    for feed, wanted in demands.enrichment.items():
        if wanted.required or settings.feeds[feed] is not None:
            found[feed] = wanted.max_age_hours
    named = [feed for feed, where in settings.feeds.items() if where is not None]
    return {**dict.fromkeys(named, DEFAULT_ENRICHMENT_AGE), **found}


def feed(
    name: str, one: Feed | ToolError, hours: int | None, policy: "Policy", settings: Settings
) -> Check:
    """Say what a snapshot is, whether it is believed, and else what fetches it to its place."""
    from pipeline.policy.judging.freshness import faults, instant

    label = f"feed {name}"
    if isinstance(one, ToolError):
        return _problem(label, one)
    accepts = policy.demands.accept_excerpts
    told = _told(one, instant(one.updated), hours, settings.now)
    if hours is None:
        return Check(name=label, value=told)
    wrong = dict(faults(one, hours, instant_of_run=settings.now, excerpts=accepts))
    if not wrong:
        return Check(name=label, value=told)
    hint = f"fetch it with: {settings.feed_remedy(name)}"
    if GapReason.FEED_FUTURE in wrong:
        hint = f"set this machine's clock right, or {hint}"
    said = "; ".join(f"{reason.value}: {detail}" for reason, detail in wrong.items())
    return Check(name=label, value=said, state=State.PROBLEM, hint=hint)


def _told(one: Feed, when: datetime | None, hours: int | None, now: datetime) -> str:
    """Say what a snapshot is, and how old; the age of an excerpt means nothing."""
    version = f", {one.version}" if one.version else ""
    about = f"{one.records} records of {one.updated}{version}"
    if one.excerpt:
        return f"{about}, an excerpt"
    age = "" if when is None else f", {(now - when) / timedelta(hours=1):.0f} h old"
    return about + age + ("" if hours is None else f" (at most {hours} h)")


def _problem(name: str, error: ToolError) -> Check:
    value = f"{error.reason.value}: {error.message}"
    return Check(name=name, value=value, state=State.PROBLEM, hint=error.hint)


def _unneeded(told: Check) -> Check:
    """Say of a problem that no run on this target meets it."""
    from msgspec import structs

    if told.state is not State.PROBLEM:
        return told
    value = f"{told.value} (no stage of this policy needs it)"
    return structs.replace(told, value=value, state=State.NOTE)
