"""What a policy accepts for evidence that it cannot mean for good."""

from collections.abc import Iterator

from pipeline.authoring.lint_model import Flaw, warning
from pipeline.policy.model import SIGNED, Policy


def excerpts(policy: Policy) -> Iterator[Flaw]:
    """Find that excerpts of feeds are accepted, which is good for trying out only."""
    if policy.demands.accept_excerpts:
        told = f"excerpts are accepted, so that {' and '.join(sorted(SIGNED))} cannot be judged"
        hint = "sync the whole feeds, and write `excerpts: refuse`"
        yield warning("excerpts", policy.places["excerpts"], told, hint)


def sandbox(policy: Policy) -> Iterator[Flaw]:
    """Find that scanners have all that their user may, and so may be bought."""
    if policy.demands.sandbox == "off":
        told = "scanners run without walls: each can read and write all that its user may"
        hint = "write `sandbox: preferred`, or `required` where every machine can give them"
        yield warning("sandbox", policy.places["sandbox"], told, hint)
