"""Writes what has to be done for people, action by action, and what the gate says then."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import assert_never

from pipeline.cli.explain import filing
from pipeline.cli.terminal.wrapping import continued, wrapped
from pipeline.policy.explaining.actions import (
    Action,
    Approval,
    Approve,
    Except,
    Mend,
    Plan,
    Rebuild,
    Remove,
    Upgrade,
)
from pipeline.report.summary import plural

_MOST = 40
_LATER = "once upgraded, run again: explain then names the command that files it"


def lines(plan: Plan, bundle: Path, known: Collection[str]) -> Iterator[str]:
    """Write the plan for a bundle with these findings."""
    if plan.report_only_until:
        told = f"breaches count as warnings until {plan.report_only_until}; then:"
        yield from wrapped(told, "    ", "    ")
    for number, action in enumerate(plan.actions[:_MOST], 1):
        yield from action_lines(action, f"{number:>2} ", bundle, known)
    if len(plan.actions) > _MOST:
        yield f"       and {len(plan.actions) - _MOST} more; --format json has all"
    for blocked in plan.blocked[:_MOST]:
        where = f" in {blocked.place}" if blocked.place else ""
        yield from wrapped(f"cannot pass: {blocked.name}{where}: {blocked.why}", "    ", "       ")
    yield from wrapped(_end(plan), "    ", "    ")


def _end(plan: Plan) -> str:
    done = f"after {plural(len(plan.actions), 'action')}" if plan.actions else "as it is"
    owed = len(plan.unanswered)
    gaps = f"; {plural(owed, 'required answer')} must be given" if owed else ""
    doubt = _doubt(plan)
    return f"{done}: {plan.after.value}{gaps}{doubt}"


def _doubt(plan: Plan) -> str:
    """Say what was not tried, for want of time."""
    if plan.smallest or (plan.passes and not plan.actions):
        return ""
    return " (there may be a smaller set)" if plan.passes else " (there may be a way not tried)"


def action_lines(action: Action, mark: str, bundle: Path, known: Collection[str]) -> Iterator[str]:
    """Write one action behind its mark, what belongs to it indented."""
    first, *more = _action(action)
    yield from wrapped(f"{mark}{first}", "    ", "       ")
    for line in more:
        yield from wrapped(line, "       ", "         ")
    if isinstance(action, Except):
        if command := filing.command(action, bundle, known):
            yield from continued(command, "       ")
        else:
            yield f"       {_LATER}"


def _action(action: Action) -> Iterator[str]:
    match action:
        case Upgrade():
            package = action.package.removeprefix("pkg:")
            removed = plural(len(action.findings), "finding")
            versions = ", ".join(action.versions)
            yield f"upgrade {package} {versions} -> {action.to}  removes {removed}"
            yield from action.commands
        case Rebuild():
            yield f"rebuild {action.image}  removes {plural(len(action.findings), 'finding')}"
            yield from action.commands
            yield from (f"{one.name} {one.version} -> {one.to}" for one in action.packages)
        case Mend():
            yield f"{action.place}  {action.rule}"
            yield action.what
        case Approve():
            yield f"approve {action.exception}  {action.place}"
            yield f"penstock exception approve {action.exception}; {signers(action.approval)}"
        case Except():
            yield f"except {action.target} from {', '.join(action.rules)}"
            renews = f", renews {action.supersedes}" if action.supersedes else ""
            yield f"at most {plural(action.days, 'day')} ({action.priority}){renews}"
            yield signers(action.approval)
        case Remove():
            yield f"delete {action.exception}  {action.place}"
            yield action.why
        case _:
            assert_never(action)


def signers(approval: Approval) -> str:
    """Say who has to sign."""
    if not approval.needed:
        return "this policy asks for no approval"
    roles = " and ".join(" or ".join(one) for one in approval.roles)
    held = f": {', '.join(approval.holders)}" if approval.holders else ""
    return f"approved by {approval.needed} of {roles}{held}"
