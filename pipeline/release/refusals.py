"""Why a bundle is not signed: every reason at once, so that one more run can mend them all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from pipeline.attest.summary import result_of
from pipeline.bundle.read import Stored
from pipeline.errors import Exit, PenstockError
from pipeline.model.verdict import Decision

AS_OF: Final = "as-of"
"""The setting under which a run notes that it judged as of another instant."""
_AHEAD: Final = timedelta(minutes=10)
_SIGNED: Final = (Decision.PASS, Decision.WARN)


class Claim(StrEnum):
    """What is to be signed of an image."""

    PASSED = "PASSED"
    FAILED = "FAILED"


_FAILED_HINT: Final = (
    "mend that, run the scan again, and sign its bundle; --failed attests the failure itself, "
    "so that whoever verifies the image is told"
)


class NotSignedError(PenstockError):
    """The evidence does not carry a signature."""


class FailedError(NotSignedError):
    """The verdict is FAIL."""

    exit: ClassVar[Exit] = Exit.FAIL


def refuse(
    stored: Stored, *, now: datetime, max_age: timedelta, claim: Claim = Claim.PASSED
) -> None:
    """Raise NotSignedError with every reason; FailedError where a pass is claimed of a FAIL.

    A failure has to be as well founded as a pass: it blocks an image wherever it is deployed.
    """
    reasons = [
        *_of_result(stored, claim),
        *_of_verdict(stored),
        *_of_time(stored, now, max_age),
        *_of_tools(stored),
    ]
    if not reasons:
        return
    failed = claim is Claim.PASSED and stored.verdict.verdict is Decision.FAIL
    raise (FailedError if failed else NotSignedError)(
        "\n".join(("not signed, and nothing was attached:", *(f"- {one}" for one in reasons))),
        hint=_FAILED_HINT if failed else "mend that, run the scan again, and sign its bundle",
    )


def _of_result(stored: Stored, claim: Claim) -> Iterator[str]:
    verdict = stored.verdict
    match claim:
        case Claim.PASSED:
            if verdict.verdict not in _SIGNED:
                yield f"the verdict is {verdict.verdict.value}; only PASS and WARN are signed"
            if verdict.report_only_until is not None:
                yield f"report_only_until {verdict.report_only_until} hides a breach"
        case Claim.FAILED:
            if result_of(verdict) != claim.value:
                yield f"the verdict is {verdict.verdict.value}; --failed attests a FAIL"
        case _:
            assert_never(claim)


def _of_verdict(stored: Stored) -> Iterator[str]:
    verdict = stored.verdict
    if not verdict.policy.trusted:
        yield f"the policy {verdict.policy.source} is not trusted: the change could have written it"
    if stored.run.origin != "own":
        yield "the evidence was imported: other programs made it"
    if stored.run.interrupted:
        yield "the run was interrupted"
    match verdict.subject.dirty:
        case True:
            yield f"the tree was dirty: it is not what commit {verdict.subject.commit} holds"
        case None:
            yield "the bundle names no clean commit, so nobody can say what was judged"
        case False:
            pass


def _of_time(stored: Stored, now: datetime, max_age: timedelta) -> Iterator[str]:
    at = stored.facts.now
    if any(one.name == AS_OF for one in stored.run.settings) or stored.run.started != _when(at):
        yield "it was judged --as-of another instant than that of its run"
    if at > now + _AHEAD:
        yield f"the verdict is of {_when(at)}, which is in the future: compare the clocks"
    if now - at > max_age:
        hours = max_age.total_seconds() / 3600
        yield (
            f"the verdict of {_when(at)} is older than {hours:g} hours "
            "(signing.max_age_hours of its policy, which --max-age can only lower)"
        )


def _of_tools(stored: Stored) -> Iterator[str]:
    feeds = (*stored.facts.feeds, *(one for stage in stored.stages for one in stage.feeds))
    cut = sorted({one.name for one in feeds if one.excerpt})
    if stored.verdict.demo or stored.run.demo or cut:
        yield f"a demonstration: an excerpt of {', '.join(cut) or 'a feed'} was accepted"
    loose = sorted({one.name for stage in stored.stages for one in stage.tools if not one.locked})
    if loose:
        yield f"tools that no lock pins: {', '.join(loose)} (`penstock tools install` pins them)"


def _when(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
