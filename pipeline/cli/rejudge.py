"""Reads what a stored bundle is to be judged by, when that is not what it holds."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.bundle.lengthy import pretty
from pipeline.bundle.place import is_bundle
from pipeline.bundle.read import Stored
from pipeline.cli import options
from pipeline.cli.terminal import output
from pipeline.errors import PenstockError, UsageError
from pipeline.model.verdict import Verdict
from pipeline.policy.case import Case
from pipeline.policy.model import ENVIRONMENTS
from pipeline.runner.again import stored_case


class Others(msgspec.Struct, frozen=True, kw_only=True):
    """What was named on the command line instead of what the bundle holds."""

    env: str | None = None
    base: str | None = None
    base_ref: str | None = None
    policy: str | None = None
    as_of: str | None = None
    allow_past: bool = False


def case(stored: Stored, others: Others, *, environment: Mapping[str, str], now: datetime) -> Case:
    """Gather what to judge by. Gaps that the bundle holds stay: nothing here can close them."""
    from pipeline.runner.approvals import with_signatures

    made = stored_case(stored)
    if others.env is not None:
        if others.env not in ENVIRONMENTS:
            raise options.unknown("environment", others.env, ENVIRONMENTS)
        made = msgspec.structs.replace(made, environment=others.env)
    if others.as_of is not None:
        at = options.instant(others.as_of, now, allow_past=others.allow_past)
        made = msgspec.structs.replace(made, now=at)
    if others.policy is None and others.base is None:
        made = _in_ci(made, environment)
        return made if made.now == stored.facts.now else with_signatures(made, stored.policy)
    return _by_another_policy(stored, made, others, environment=environment, now=now)


def _in_ci(made: Case, environment: Mapping[str, str]) -> Case:
    """Trust a policy in CI no more because the bundle was made where CI is not set."""
    from pipeline.config.trust import source_gaps

    source, ci = made.source, options.in_ci(environment)
    gaps = source_gaps(source.source, trusted=source.trusted, ci=ci)
    return msgspec.structs.replace(made, gaps=(*made.gaps, *gaps))


def _by_another_policy(
    stored: Stored,
    made: Case,
    others: Others,
    *,
    environment: Mapping[str, str],
    now: datetime,
) -> Case:
    """Read the policy that was named, as a run at the bundle's repository would."""
    from pipeline.cli import request
    from pipeline.config.base import repository_of
    from pipeline.config.settings import Flags
    from pipeline.config.trust import source_of
    from pipeline.runner.approvals import with_approvals

    folder = repository_of(stored.path.resolve()) or Path.cwd()
    flags = Flags(
        target=folder,
        env=made.environment,
        base=others.base,
        base_ref=others.base_ref,
        policy=others.policy,
    )
    asked = request.read(flags, environment=environment, now=now)
    other = msgspec.structs.replace(
        made,
        policy=asked.policy,
        source=source_of(asked.settings, asked.policy, asked.policy_files),
        gaps=(*made.gaps, *asked.policy_files.gaps),
    )
    # The bundle's signatures are over other files, and by other people's say.
    return with_approvals(other, asked.policy_files, repository=repository_of(folder))


def tell_other(stored: Stored) -> None:
    """Say on stderr that the verdict is another one than the bundle holds."""
    told = f"the bundle holds another verdict ({stored.verdict.verdict.value})"
    output.note([f"{told}, given by Penstock {stored.run.penstock}"])


def write_verdict(out: Path, verdict: Verdict) -> None:
    """Write verdict.json into a folder. Raises UsageError for a bundle: it stays as it was."""
    put_verdict(out, pretty(verdict))


def put_verdict(out: Path, verdict: bytes | Path) -> None:
    """Write the bytes of a verdict into a folder, or a copy of its file."""
    if is_bundle(out):
        raise UsageError(
            f"{out} is an evidence bundle; a new verdict does not belong into it",
            hint="name another folder",
        )
    place = out / "verdict.json"
    try:
        out.mkdir(exist_ok=True)
        if isinstance(verdict, Path):
            shutil.copyfile(verdict, place)
        else:
            place.write_bytes(verdict)
    except OSError as exc:
        raise PenstockError(
            f"cannot write {place}: {exc.strerror}", hint="choose another --out"
        ) from exc
