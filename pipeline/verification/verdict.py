"""Whether a verdict that was attested is one that anybody may deploy by."""

from collections.abc import Iterator
from typing import Any, Final, Literal

from pipeline.model.denied import denial
from pipeline.verification.model import Counted, InForce, VerifyPolicy
from pipeline.verification.statement import at

GOOD: Final[dict[str, Literal["PASS", "WARN"]]] = {"PASS": "PASS", "WARN": "WARN"}


def against(policy: VerifyPolicy, found: Counted) -> Iterator[str]:
    """Say what speaks against the verdict itself."""
    verdict = at(found.predicate, "verdict")
    if str(at(verdict, "verdict")) not in GOOD:
        yield f"its verdict is {at(verdict, 'verdict')}"
    if at(verdict, "demo") is not False:
        yield "it was judged by an excerpt of a feed"
    if at(verdict, "report_only_until") is not None:
        yield "breaches were only reported"
    if at(verdict, "environment") != policy.environment:
        yield f"its verdict is for {at(verdict, 'environment')}"
    if at(verdict, "policy", "trusted") is not True:
        yield "the change under test could have written the policy"
    names = policy.policy_names
    if names and at(verdict, "policy", "name") not in names:
        yield f"the policy {at(verdict, 'policy', 'name')} is not allowed"
    if at(verdict, "subject", "dirty") is not False:
        yield "the tree held changes that no commit has"
    yield from _tools(policy, found.predicate.get("tools"))


def _tools(policy: VerifyPolicy, tools: object) -> Iterator[str]:
    if not isinstance(tools, list) or not tools:
        yield "its verdict names no scanner"
        return
    for one in tools:
        name, version = at(one, "name"), at(one, "version")
        if at(one, "locked") is not True:
            yield f"{name} {version} was not the locked one"
        denied = denial(policy.denied_tools, str(name), str(version))
        if denied is not None:
            yield f"{name} {version} is not believed: {denied.reason} ({denied.source})"


def in_force(found: dict[str, Any]) -> tuple[InForce, ...]:
    """List the exceptions that it rests on."""
    listed = at(found, "verdict", "exceptions")
    return tuple(
        sorted(
            InForce(id=str(at(one, "id")), expires=_text(at(one, "expires")))
            for one in (listed if isinstance(listed, list) else [])
            if at(one, "status") == "active"
        )
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
