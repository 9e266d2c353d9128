"""Reads everything that a run is asked for: flags, base commit, configuration and policy."""

import os
from collections.abc import Mapping
from datetime import datetime
from functools import partial

import msgspec

from pipeline.cli import options
from pipeline.config.base import Base, BaseError
from pipeline.config.base import find as find_base
from pipeline.config.clock import clock_gaps
from pipeline.config.load import load
from pipeline.config.outside import look
from pipeline.config.refs import ref_gaps
from pipeline.config.settings import Flags, Settings
from pipeline.config.trust import policy_files
from pipeline.errors import UsageError
from pipeline.model.gap import Gap, GapReason
from pipeline.plan.make import Asked
from pipeline.policy.loading.load import load as load_policy
from pipeline.stages import STAGES


def read(flags: Flags, *, environment: Mapping[str, str], now: datetime) -> Asked:
    """Settle what the user asked for. Raises UsageError for what a person can mend at once.

    A base commit that cannot be used is no usage error: the run goes on with the default
    policy, and cannot pass.
    """
    at = options.instant(flags.as_of, now, allow_past=flags.allow_past)
    settings, base, broken = _settled(flags, environment, at)
    files = policy_files(settings, base, broken)
    policy = load_policy(files.files, stages=tuple(STAGES), where=files.source)
    gaps = (*files.gaps, *ref_gaps(settings, files, policy.protected_refs))
    files = msgspec.structs.replace(files, gaps=gaps)
    outside = look(settings, base)
    key = environment.get("PENSTOCK_HMAC_KEY", "")
    return Asked(
        settings=settings,
        policy=policy,
        policy_files=files,
        gaps=(
            *files.gaps,
            *outside.gaps,
            *clock_gaps(settings.target, base, now),
            *_site_gaps(settings),
        ),
        pins=outside.pins,
        hmac_key=os.fsencode(key) or None,
        surroundings=environment,
    )


def _settled(
    flags: Flags, environment: Mapping[str, str], at: datetime
) -> tuple[Settings, Base | None, BaseError | None]:
    """Find the base and read the configuration there; where that fails, none is read."""
    base, broken = _base(flags, environment)
    settle = partial(
        load,
        flags,
        environment=environment,
        now=at,
        ci=options.in_ci(environment),
        tools_root=options.tools_root(environment),
        cache=options.cache(environment),
        state=options.state(),
    )
    if broken is None:
        try:
            return settle(base=base), base, None
        except BaseError as error:
            broken = error
    return settle(base=None, written=False), None, broken


def _base(flags: Flags, environment: Mapping[str, str]) -> tuple[Base | None, BaseError | None]:
    """Find the base commit. In a pull request the change must have grown from it."""
    named = flags.base or environment.get("PENSTOCK_BASE") or None
    if named is None:
        return None, None
    env = flags.env or environment.get("PENSTOCK_ENV") or "pr"
    if not flags.target.exists():
        raise UsageError(
            f"the target {flags.target} cannot be found", hint="name a folder that is here"
        )
    try:
        found = find_base(named, flags.target.resolve(), must_be_ancestor=env == "pr")
    except BaseError as error:
        return None, error
    return found, None


def _site_gaps(settings: Settings) -> tuple[Gap, ...]:
    """Say that nobody looks at a site that somebody asked about."""
    if settings.site is None:
        return ()
    detail = "no stage of this version looks at a site"
    return (Gap(stage=None, target=settings.site, reason=GapReason.UNSUPPORTED, detail=detail),)
