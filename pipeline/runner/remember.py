"""What a run takes from the history before it is judged, and adds to it when it is over."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from pipeline.config.base import repository_of
from pipeline.config.refs import branch_of
from pipeline.config.settings import Settings
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason
from pipeline.model.outcome import Completed, Failed, StageEvidence, StageResult
from pipeline.model.record import HistoryNote, RunRecord
from pipeline.policy.globs import matches
from pipeline.policy.model import Policy
from pipeline.runner import expected
from pipeline.runner.ancestry import branch, is_ancestor
from pipeline.runner.baseline import baseline
from pipeline.runner.expected import RECORDED
from pipeline.runner.fewer import Fewer
from pipeline.runner.images import Seen
from pipeline.store import history
from pipeline.store.document import StageRun
from pipeline.store.looks import digest_of, look, scanners
from pipeline.store.states import Baseline, states

_PROTECTED: Final = ("main", "master")
"""Branches that are protected where the policy names none."""
_DETACHED: Final = "HEAD"
"""Stands for the branch of a run that is of none, such as one of a tag."""
_PATIENCE: Final = timedelta(minutes=10)


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """The findings with their ages and states, and what was said about both."""

    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    note: HistoryNote


def recall(
    settings: Settings,
    findings: Iterable[Finding],
    stages: Iterable[StageEvidence],
    *,
    key: bytes | None,
) -> Past:
    """Give findings their ages and states. A history that cannot be read changes no verdict."""
    known = _history(settings, key)
    dated = known.dated(findings)
    before, told, why = _before(settings, known)
    if before is not None:
        same = {one.stage: scanners(one.tools) for one in stages}
        dated = tuple(
            msgspec.structs.replace(finding, state=state)
            for finding, state in zip(dated, states(dated, before, same), strict=True)
        )
    note = HistoryNote(
        standing=known.standing, detail=known.detail, baseline=told, baseline_detail=why
    )
    return Past(findings=dated, gaps=tuple(_clock(settings, known)), note=note)


def looked_at(settings: Settings, *, key: bytes | None) -> tuple[Seen, ...]:
    """Name the commits that were looked at before."""
    return expected.looked_at(settings, _history(settings, key).line.expected, _descends(settings))


def keep(
    settings: Settings, policy: Policy, record: RunRecord, less: Fewer, *, key: bytes | None
) -> tuple[str, ...]:
    """Add a finished run to the history. Returns what the person who ran it should know."""
    said = _said(settings, record.history)
    if settings.environment not in RECORDED and not settings.keeping.record:
        return said
    on = _branch(settings)
    if why := _refused(settings, policy, record, on):
        return (*said, f"this run is not added to the history: {why}")
    commit = record.verdict.subject.commit or ""
    at = _when(settings.now)
    results = record.results
    looks = (look(one.evidence, at=at, targets=_names(one)) for one in results)
    known = _history(settings, key).line.expected
    run = history.NewRun(
        at=at,
        commit=commit,
        ref=_scoped(settings, on or _DETACHED),
        environment=settings.environment,
        verdict=record.verdict.verdict.value,
        stages=tuple(_stage(one) for one in results),
        expected=expected.expecting(settings, record, less, known, at),
    )
    try:
        history.record(
            settings.keeping.store,
            run,
            key=key,
            findings=record.findings,
            looks=[one for one in looks if one is not None],
            descends=_descends(settings),
        )
    except history.StoreError as error:
        return (*said, f"this run is not added to the history: {error}")
    return said


def _before(settings: Settings, known: history.History) -> tuple[Baseline | None, str, str]:
    """Return what was there before, by whose word, and why a bundle's does not count."""
    path = settings.keeping.baseline
    if path is None:
        before = known.baseline
        return before, "store" if before is not None else "", ""
    before, why = baseline(settings, path)
    return before, "bundle" if before is not None else "", why


def _clock(settings: Settings, known: history.History) -> Iterable[Gap]:
    """Doubt a clock that is behind a run which is proven to have been."""
    if known.last is None or settings.keeping.replayed:
        return
    if datetime.fromisoformat(known.last.at) > settings.now + _PATIENCE:
        told = f"the last run on record is of {known.last.at}, and the clock says"
        detail = f"{told} {_when(settings.now)}: set the clock"
        yield Gap(stage=None, target=None, reason=GapReason.CLOCK, detail=detail)


def _said(settings: Settings, note: HistoryNote | None) -> tuple[str, ...]:
    if note is None:
        return ()
    said = []
    if note.standing == "broken":
        store = settings.keeping.store
        advice = "; it is left as it is: move it away to begin a new one" if store.is_file() else ""
        said.append(
            f"the history is not used, and ages count from the advisories: {note.detail}{advice}"
        )
    if note.standing == "unauthenticated":
        place = settings.keeping.store
        said.append(f"the history {place} can only make findings older: {note.detail}")
    if note.baseline_detail:
        said.append(f"the baseline says nothing about what is new: {note.baseline_detail}")
    return tuple(said)


def _refused(settings: Settings, policy: Policy, record: RunRecord, on: str) -> str:
    """Say why a run must not be remembered; nothing where it may."""
    subject = record.verdict.subject
    if settings.environment not in RECORDED:
        return f"{settings.environment} only reads it"
    if record.interrupted:
        return "it was interrupted"
    if settings.keeping.replayed:
        return "its instant was typed (--as-of)"
    if subject.commit is None or subject.dirty is not False:
        return "it is of no commit: files were changed, or there is no repository"
    protected = policy.protected_refs or _PROTECTED
    if not settings.keeping.record and not any(matches(glob, on) for glob in protected):
        where = f"the branch {on}" if on else "what is checked out"
        return f"{where} is not protected ({', '.join(protected)}); --record adds it all the same"
    return ""


def _line(settings: Settings) -> str:
    """Name the line whose history counts: in a pull request that of the branch it goes to."""
    if settings.environment == "pr":
        on = branch_of(settings.base_ref) if settings.base_ref else ""
    else:
        on = _branch(settings) or _DETACHED
    return _scoped(settings, on)


def _scoped(settings: Settings, on: str) -> str:
    """Name a branch's line, one for each folder that is judged: none says anything of another."""
    below = settings.root.relative_to(repository_of(settings.target) or settings.root).as_posix()
    return on if below == "." else f"{on}:{below}"


def _branch(settings: Settings) -> str:
    if settings.keeping.branch is not None:
        return settings.keeping.branch
    top = repository_of(settings.target)
    return branch(top) if top is not None else ""


def _descends(settings: Settings) -> Callable[[str], bool]:
    top = repository_of(settings.target)
    if top is None:
        return lambda _: False
    return partial(is_ancestor, top, of="HEAD")


def _history(settings: Settings, key: bytes | None) -> history.History:
    return history.read(
        settings.keeping.store, key=key, ref=_line(settings), descends=_descends(settings)
    )


def _stage(result: StageResult) -> StageRun:
    outcome = result.evidence.outcome
    ended = "completed" if isinstance(outcome, Completed) else "skipped"
    return StageRun(
        stage=result.evidence.stage,
        outcome="failed" if isinstance(outcome, Failed) else ended,
        tools=scanners(result.evidence.tools),
        asked=outcome.asked,
        answered=outcome.answered if isinstance(outcome, Completed) else 0,
        targets=digest_of(_names(result)),
    )


def _names(result: StageResult) -> tuple[str, ...]:
    return tuple(target for target, _ in result.targets)


def _when(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
