"""Policy tests in few words."""

from collections.abc import Mapping

from pipeline.authoring.cases import Suite, read_suites
from pipeline.authoring.tested import Report, report
from pipeline.authoring.trial import Trial, run
from pipeline.policy.loading.demands import LATER
from pipeline.policy.model import Policy
from tests.support.judging import STAGES

HEAD = "apiVersion: penstock/v1\nkind: PolicyTest\nnow: 2026-11-25T12:00:00Z\n"


def suite(cases: str, *, head: str = HEAD, name: str = "tests/a_test.yaml") -> tuple[Suite, ...]:
    """Read a test file of these cases."""
    return suites({name: f"{head}cases:\n{cases}".encode()})


def suites(files: Mapping[str, bytes]) -> tuple[Suite, ...]:
    """Read the tests of a policy folder."""
    return read_suites(files, where="policies", stages=(*STAGES, *LATER))


def trials(policy: Policy, cases: str, *, head: str = HEAD) -> tuple[Trial, ...]:
    """Judge these cases."""
    return run(suite(cases, head=head), policy)


def told(policy: Policy, cases: str, *, head: str = HEAD) -> Report:
    """Return what these cases show."""
    return report(policy, trials(policy, cases, head=head))
