"""Tells what a new exception says, what it would do, and whom it waits for."""

from collections.abc import Iterator
from typing import Final

from pipeline.cli.terminal.columns import block
from pipeline.exceptions.draft import Reach
from pipeline.exceptions.proof import Proof
from pipeline.exceptions.waiting import Waiting
from pipeline.model.finding import Finding
from pipeline.policy.model import PolicyException
from pipeline.report import summary

_SHOWN: Final = 5


def about(reached: Reach) -> Iterator[str]:
    """Say what is about to be excepted, before questions are asked."""
    yield f"An exception for {reached.finding.rule}: {reached.finding.title}"
    yield from block("target", str(reached.target))
    yield from block("matches", _findings(reached.scope.findings))
    yield from block("rules", ", ".join(reached.rules))
    yield ""


def lines(
    path: str, one: PolicyException, reached: Reach, proof: Proof, waits: Waiting
) -> Iterator[str]:
    """Tell what was written and what comes of it."""
    scope = reached.scope
    days = summary.plural((one.expires - one.created).days, "day")
    most = reached.case.policy.terms.max_days[scope.priority]
    yield f"wrote {path}"
    yield from block("excepts", str(reached.target))
    yield from block("matches", _findings(scope.findings))
    yield from block("from", ", ".join(one.rules))
    yield from block("until", f"{one.expires}: {days}, and a {scope.priority} may have {most}")
    if proof.renewals:
        yield from block("renewals", f"this target was excepted {_times(proof.renewals)} before")
    yield from approvals(waits)
    yield from _after(reached, proof)
    yield from next_step(path, one, waits)


def approvals(waits: Waiting) -> Iterator[str]:
    """Say how many must still sign, and who may."""
    if not waits.needed:
        yield from block("approvals", "none are needed by this policy")
        return
    have = len(waits.approval.approved_by)
    signed = f" ({', '.join(waits.approval.approved_by)} signed)" if have else ""
    yield from block("approvals", f"{have} of {waits.needed}{signed}")
    if waits.missing:
        yield from block("may approve", _people(waits))
    for refused in waits.approval.refused:
        yield from block("", f"{refused.principal}'s signature does not count: {refused.reason}")


def _people(waits: Waiting) -> str:
    roles = "; ".join(f"{rules} takes {' or '.join(roles)}" for rules, roles in waits.roles)
    if waits.possible:
        return f"{', '.join(waits.approval.eligible)} ({roles})"
    some = f"only {', '.join(waits.approval.eligible)}" if waits.approval.eligible else "nobody"
    return f"{some}: {roles}, and roles.yaml names too few others who hold it"


def _after(reached: Reach, proof: Proof) -> Iterator[str]:
    yield ""
    yield f"once it is approved ({reached.case.environment}, the same evidence judged again)"
    if proof.left:
        for left in proof.left:
            told = f"{left.rule} still fails on {summary.plural(left.findings, 'of these finding')}"
            yield from block("still fails", f"{told}: {left.title}")
    else:
        yield from block("finding", "no rule fails on it any more")
    change = f"{proof.before} -> {proof.after}" if proof.before != proof.after else f"{proof.after}"
    breaches = summary.plural(proof.breaches_after, "breach")
    yield from block("verdict", f"{change}, {breaches} left of {proof.breaches_before}")
    if proof.record.status == "not_yet":
        yield from block("note", proof.record.reason)
    for budget in proof.budgets:
        told = f"{budget.id} is broken by it: {budget.value} of fewer than {budget.limit}"
        yield from block("budget", told)


def next_step(path: str, one: PolicyException, waits: Waiting) -> Iterator[str]:
    """Say who has to do what with a draft."""
    yield ""
    if not waits.needed:
        yield f"next: git add {path}, and have it reviewed"
    elif waits.possible:
        yield f"next: one who may approve runs: penstock exception approve {one.id}"
    else:
        yield "next: name somebody in policies/roles.yaml who may approve it"


def _findings(findings: tuple[Finding, ...]) -> str:
    places = [summary.place(one) for one in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        places.append(f"{len(findings) - _SHOWN} more")
    return f"{summary.plural(len(findings), 'finding')} now: {', '.join(places)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
