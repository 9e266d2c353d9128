"""Lints and tests the policy of a change, as `policy lint` and `policy test` do."""

from collections.abc import Iterator
from datetime import datetime

from pipeline.authoring.cases import read_suites
from pipeline.authoring.lint import Draft, lint
from pipeline.authoring.trial import run
from pipeline.config.trust import PolicyFiles
from pipeline.errors import UsageError
from pipeline.policy.loading.demands import LATER
from pipeline.policy.model import Policy
from pipeline.stages import STAGES


def red(policy: Policy, files: PolicyFiles, now: datetime) -> tuple[str, ...]:
    """Return what lint calls an error and which tests fail, one line each."""
    where = files.source.removeprefix("working-tree:")
    try:
        return tuple(_red(policy, files, where, now))
    except UsageError as exc:
        told = f"{exc.where}: {exc.message}" if exc.where else exc.message
        return (f"its tests cannot be read: {told}",)


def _red(policy: Policy, files: PolicyFiles, where: str, now: datetime) -> Iterator[str]:
    suites = read_suites(files.files, where=where, stages=(*STAGES, *LATER))
    for flaw in lint(Draft(policy=policy, suites=suites, now=now)):
        if flaw.level == "error":
            yield f"lint: {flaw.place}: {flaw.message}"
    for trial in run(suites, policy):
        if not trial.green:
            yield f"test fails: {trial.case.place}: {trial.case.name}"
