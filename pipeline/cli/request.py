"""Reads everything that a run is asked for: flags, base commit, configuration and policy."""

from collections.abc import Mapping
from datetime import datetime

from pipeline.cli import options
from pipeline.config.base import Base, BaseError
from pipeline.config.base import find as find_base
from pipeline.config.load import load
from pipeline.config.settings import Flags, Settings
from pipeline.config.trust import outside_gaps, policy_files
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
    ci = options.in_ci(environment)
    base, broken = _base(flags, environment)
    settings = load(
        flags,
        environment=environment,
        base=base,
        now=at,
        ci=ci,
        tools_root=options.tools_root(environment),
        cache=options.cache(environment),
    )
    files = policy_files(settings, base, broken)
    policy = load_policy(files.files, stages=tuple(STAGES), where=files.source)
    key = environment.get("PENSTOCK_HMAC_KEY", "")
    return Asked(
        settings=settings,
        policy=policy,
        policy_files=files,
        gaps=(*files.gaps, *outside_gaps(settings, base), *_site_gaps(settings)),
        hmac_key=key.encode() if key else None,
    )


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
