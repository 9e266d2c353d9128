"""Says what would pass or fail if the policy of the change under test judged it.

That policy is only read, compared and reported: the verdict was given before, by the base's.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.authoring.difference import Change, Difference, differ, under
from pipeline.bundle.read import read
from pipeline.cli.terminal import output, streams
from pipeline.cli.workflow.head_policy import red
from pipeline.config.base import repository_of
from pipeline.config.trust import head_files
from pipeline.errors import PenstockError, UsageError
from pipeline.plan.make import Asked
from pipeline.policy.loading.load import digest_of, load
from pipeline.report.escape import code, markdown
from pipeline.report.summary import plural
from pipeline.runner.again import stored_case
from pipeline.runner.approvals import with_approvals
from pipeline.stages import STAGES

_SHOWN: Final = 20
_TITLE: Final = "The policy of this change"
_KEPT: Final = "The verdict is by the policy of the base."


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the policy, and what it would do."""

    place: str
    difference: Difference | None
    fault: str = ""
    """Why the change's own policy cannot judge."""
    red: tuple[str, ...] = ()
    """What lint and the policy's own tests have against it."""


def tell(asked: Asked, environment: Mapping[str, str]) -> None:
    """Report a change of the policy on standard error, and in the summary of a workflow's job."""
    try:
        edited = examine(asked)
        if edited is None:
            return
        streams.tell(("", *_lines(edited)))
        if file := environment.get("GITHUB_STEP_SUMMARY"):
            with Path(file).open("a", encoding="utf-8") as summary:
                summary.write(as_markdown(edited))
    except (PenstockError, OSError) as exc:
        output.note([f"the policy of the change cannot be compared: {exc}"])


def examine(asked: Asked) -> Edited | None:
    """Compare; None where no base judges, or where the change leaves the policy alone."""
    settings = asked.settings
    if settings.base is None:
        return None
    place = "policy"
    try:
        files = head_files(settings)
        place = files.source.removeprefix("working-tree:")
        if digest_of(files.files) == asked.policy.digest:
            return None
        policy = load(files.files, stages=tuple(STAGES), where=files.source)
        case = stored_case(read(settings.out))
        other = with_approvals(
            under(case, policy), files, repository=repository_of(settings.target)
        )
        return Edited(
            place=place, difference=differ(case, other), red=red(policy, files, settings.now)
        )
    except UsageError as exc:
        told = f"{exc.where}: {exc.message}" if exc.where else exc.message
        return Edited(place=place, difference=None, fault=told)


def as_markdown(edited: Edited) -> str:
    """Write it for the summary of a job."""
    head, *rest = _lines(edited)
    lines = [f"### {markdown(head)}", *(f"- {code(line.strip())}" for line in rest)]
    return "\n" + "\n".join(lines) + "\n"


def _lines(edited: Edited) -> Iterator[str]:
    difference = edited.difference
    if difference is None:
        yield f"{_TITLE} ({edited.place}) cannot judge anything"
        yield f"  {edited.fault}"
    elif not difference.weaker and not difference.stricter:
        yield f"{_TITLE} ({edited.place}) differs from the base's, and judges this run alike"
    else:
        turn = f"{difference.before.value} -> {difference.after.value}"
        yield f"{_TITLE} ({edited.place}) would judge otherwise: {turn}"
        yield from _changes("stop failing", difference.newly_passing)
        yield from _changes("begin to fail", difference.newly_failing)
        yield from _others(difference)
    yield from (f"  {line}" for line in edited.red[:_SHOWN])
    if len(edited.red) > _SHOWN:
        yield f"  and {len(edited.red) - _SHOWN} more"
    yield f"  {_KEPT}"


def _changes(what: str, changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        return
    yield f"  {plural(len(changes), 'finding')} would {what}:"
    for one in changes[:_SHOWN]:
        yield f"    {one.severity.value:<8}  {one.name}  {one.place}"
        yield f"              {'; '.join(one.why or one.rules)}"
    if len(changes) > _SHOWN:
        yield f"    and {len(changes) - _SHOWN} more"


def _others(difference: Difference) -> Iterator[str]:
    gone = tuple(f"{gap.stage or 'run'}: {gap.reason.value}" for gap in difference.gaps_gone)
    new = tuple(f"{gap.stage or 'run'}: {gap.reason.value}" for gap in difference.gaps_new)
    for what, named in (
        ("exceptions would begin to apply", difference.exceptions_new),
        ("exceptions would be needed no more", difference.exceptions_freed),
        ("exceptions would cease to apply", difference.exceptions_dead),
        ("breaches would go", difference.breaches_gone),
        ("breaches would come", difference.breaches_new),
        ("answers would be owed no more", gone),
        ("answers would be owed", new),
    ):
        if named:
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            yield f"  {what}: {', '.join(named[:_SHOWN])}{more}"
