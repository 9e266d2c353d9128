"""Makes the plan: everything that can be settled before the first scanner starts."""

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path
from typing import Final

import msgspec

from pipeline import resources
from pipeline.config.outside import feed_gaps
from pipeline.config.settings import Settings
from pipeline.config.trust import PolicyFiles
from pipeline.feeds import ENRICHING, FEEDS, places
from pipeline.feeds.lockfile import Locked
from pipeline.inventory import take
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.inventory import BadImage, Image, Inventory
from pipeline.oci.image import open_image
from pipeline.plan.barred import barred
from pipeline.plan.model import Plan
from pipeline.plan.stage import Context, plan_stage, refuse_broken_needs
from pipeline.policy.model import Policy
from pipeline.stages import STAGES
from pipeline.stages.base import Options
from pipeline.toolchain.locate import Claim, claims
from pipeline.toolchain.lock import Lock
from pipeline.toolchain.lock import read as read_lock

_RULES: Final = "semgrep"
_DENIED: Final = "lock another release, or ask whoever owns the policy (evidence.tools)"
_ON_DISK: Final = ("oci:", "archive:")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for, read and settled."""

    settings: Settings
    policy: Policy
    policy_files: PolicyFiles
    gaps: tuple[Gap, ...]
    """Gaps of the whole run that reading the settings and the policy gave."""
    pins: Mapping[str, Locked] = {}
    """By feed inside the repository: what the base commit says that it has to be."""
    hmac_key: bytes | None = None
    surroundings: Mapping[str, str] = {}
    """The user's environment, where logins for registries are looked up."""
    lock: Lock | None = None
    """By which tools are found; None: the one that ships with Penstock."""


def make(asked: Asked, *, workspace: Path) -> Plan:
    """Take the inventory, verify feeds and images, and ask each stage for its commands.

    Tools are taken as they were noted, while their files are read: `claims` tells whether that
    is true of them, and nothing may be started before. `workspace` is a private, empty folder.
    Starts no scanner and writes nowhere else.
    """
    settings = asked.settings
    selected = _selected(settings, asked.policy)
    word = secrets.token_hex(8)
    # Trivy's reports name the folders that it is given: so theirs carry the word.
    tree, work, layouts = (workspace / f"{name}-{word}" for name in ("tree", "work", "images"))
    for folder in (tree, work, layouts):
        folder.mkdir()
    with ThreadPoolExecutor(max_workers=2) as pool:
        # Hashing tools and feeds releases the interpreter lock: it overlaps with the listing.
        noted = pool.submit(_claims, asked, selected)
        images = _images(asked, layouts)
        inventory = _inventory(settings, tree, images)
        feeds = pool.submit(_feeds, asked, selected, inventory, workspace)
        whole = _whole(settings, inventory, workspace, images)
        context = Context(
            tree=tree,
            work=work,
            word=word,
            inventory=inventory,
            whole=whole,
            prefix=_prefix(settings.root, settings.target),
            tools=_believed(noted.result(), asked),
            feeds=feeds.result(),
            cores=settings.jobs,
            max_report=asked.policy.demands.max_report_mb << 20,
        )
    required = asked.policy.required(settings.environment)
    rules = _rules(asked.policy_files, workspace)
    planned = tuple(
        plan_stage(
            name,
            stage,
            required=required[name],
            selected=_is_selected(settings, name),
            options=_options(asked, name, rules),
            context=context,
        )
        for name, stage in STAGES.items()
    )
    return Plan(
        settings=settings,
        policy=asked.policy,
        policy_files=asked.policy_files,
        inventory=inventory,
        tree=tree,
        workspace=workspace,
        tools=context.tools,
        claims=noted.result(),
        feeds=context.feeds,
        stages=refuse_broken_needs(planned),
        gaps=(*asked.gaps, *feed_gaps(asked.pins, context.feeds)),
    )


def _is_selected(settings: Settings, name: str) -> bool:
    return name not in settings.skip and (not settings.only or name in settings.only)


def _selected(settings: Settings, policy: Policy) -> tuple[str, ...]:
    """Name the stages that may be asked, so that only their tools and feeds are verified."""
    required = policy.required(settings.environment)
    return tuple(n for n in STAGES if _is_selected(settings, n) and required[n] != "no")


def _claims(asked: Asked, selected: tuple[str, ...]) -> Mapping[str, Claim]:
    """Have the tools read, in the order in which stages are listed: the slowest is the first."""
    settings = asked.settings
    names = dict.fromkeys(tool for name in selected for tool in STAGES[name].TOOLS)
    return claims(names, root=settings.tools_root, overrides=settings.tools, lock=asked.lock)


def _believed(noted: Mapping[str, Claim], asked: Asked) -> Mapping[str, Tool | ToolError]:
    """Keep tools from being started that the policy does not believe."""
    today = asked.settings.now.astimezone(UTC).date()
    lock, found = asked.lock or read_lock(), dict[str, Tool | ToolError]()
    for name, claim in noted.items():
        one = claim.said
        told = barred(one, asked.policy.demands, lock, today) if isinstance(one, Tool) else ""
        found[name] = ToolError(GapReason.TOOL_DENIED, told, hint=_DENIED) if told else one
    return found


def _feeds(
    asked: Asked, selected: tuple[str, ...], inventory: Inventory, workspace: Path
) -> Mapping[str, Feed | ToolError]:
    settings = asked.settings
    wanted = {feed for name in selected for feed in STAGES[name].FEEDS}
    wanted |= {name for name in ENRICHING if _is_there_or_due(asked, name)}
    live = "osv" in wanted and settings.feeds["osv"] == places.LIVE
    paths = {
        name: settings.feed_folder(name)
        for name in FEEDS
        if name in wanted and not (live and name == "osv")
    }
    opened = dict(_opened(settings, paths))
    if live:
        opened["osv"] = _live(settings, inventory, workspace)
    return opened


def enriching(asked: Asked) -> Mapping[str, Feed | ToolError]:
    """Open the feeds about findings that the settings or the policy name."""
    names = [name for name in ENRICHING if _is_there_or_due(asked, name)]
    return _opened(asked.settings, {name: asked.settings.feed_folder(name) for name in names})


def _opened(settings: Settings, paths: Mapping[str, Path]) -> Mapping[str, Feed | ToolError]:
    return places.open_all(paths, {name: settings.feed_remedy(name) for name in paths})


def _is_there_or_due(asked: Asked, name: str) -> bool:
    """Say whether a feed about findings is read: what nobody names is not, cached or not."""
    demand = asked.policy.demands.enrichment.get(name)
    if asked.settings.feeds[name] is not None:
        return True
    return demand is not None and (demand.required or asked.settings.feed_folder(name).exists())


def _live(settings: Settings, inventory: Inventory, workspace: Path) -> Feed | ToolError:
    from pipeline.feeds import live

    if settings.offline:
        return ToolError(
            GapReason.FEED_MISSING,
            "the feed osv is set to live, and --offline was given",
            hint="name a synced snapshot: penstock feeds sync osv",
        )
    return live.snapshot(inventory.pins, folder=workspace / "osv", now=settings.now)


def _images(asked: Asked, private: Path) -> tuple[Image | BadImage, ...]:
    settings = asked.settings
    home = home_of_images(settings)
    refs = sorted(set(settings.images))
    if settings.offline or all(ref.startswith(_ON_DISK) for ref in refs):
        return tuple(
            open_image(ref, home=home, private=private, platform=settings.platform) for ref in refs
        )
    from pipeline.oci.registry.connect import Registries

    with Registries(asked.surroundings) as registries:
        return tuple(
            open_image(
                ref,
                home=home,
                private=private,
                registry=registries.repository,
                platform=settings.platform,
            )
            for ref in refs
        )


def home_of_images(settings: Settings) -> Path:
    """Return the folder at which paths of images start: where they are typed, or written."""
    return Path.cwd() if are_typed(settings) else settings.home


def are_typed(settings: Settings) -> bool:
    """Say whether images are named on the command line."""
    origin = next((s.origin for s in settings.origins if s.name == "image"), "")
    return origin.startswith(("flag", "environment"))


def _inventory(settings: Settings, tree: Path, images: tuple[Image | BadImage, ...]) -> Inventory:
    return take.take(request_of(settings), tree=tree, images=images)


def request_of(settings: Settings) -> take.Request:
    """Say what is listed, and what the configuration leaves out of it."""
    return take.Request(
        root=settings.root,
        exclude=settings.exclude,
        requirements=settings.requirements,
        below=_prefix(settings.root, settings.home),
        ignore=(settings.out,),
    )


def _whole(
    settings: Settings, inventory: Inventory, workspace: Path, images: tuple[Image | BadImage, ...]
) -> Inventory:
    """List the tree once more without what the configuration leaves out, if it does."""
    if not inventory.excluded and settings.root == settings.target:
        return inventory
    scratch = workspace / "whole"
    scratch.mkdir()
    request = take.Request(
        root=settings.target,
        exclude=(),
        requirements=None,
        ignore=(settings.out,),
    )
    return take.take(request, tree=scratch, images=images)


def _prefix(root: Path, above: Path) -> str:
    below = root.relative_to(above).as_posix()
    return "" if below == "." else f"{below}/"


def _rules(files: PolicyFiles, workspace: Path) -> Path:
    """Lay the policy's semgrep rules out as they were read, or use the pack that ships."""
    named = {n: data for n, data in files.files.items() if n.startswith(f"{_RULES}/")}
    if not named:
        return resources.policies() / _RULES
    for name, data in named.items():
        path = workspace / "policy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return workspace / "policy" / _RULES


def _options(asked: Asked, name: str, rules: Path) -> Options:
    settings = asked.settings.stages.get(name)
    extra = settings.rules if settings else ()
    options = Options(rules=(rules, *extra), hmac_key=asked.hmac_key)
    if settings is None or settings.timeout is None:
        return options
    return msgspec.structs.replace(options, timeout=settings.timeout)
