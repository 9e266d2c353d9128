"""What a run is held against, and what it leaves for the next one to be held against.

A loss that nobody answers for by an exception stays one: a second run would say PASS otherwise.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from pipeline.config.base import repository_of
from pipeline.config.settings import Settings
from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason
from pipeline.model.record import RunRecord
from pipeline.model.verdict import Verdict
from pipeline.plan.make import are_typed
from pipeline.runner.ancestry import is_ancestor
from pipeline.runner.fewer import GONE, Fewer
from pipeline.runner.images import IMAGE, Seen, asked
from pipeline.store.line import Expected
from pipeline.toolchain.git import is_shallow

RECORDED: Final = frozenset({"main", "release", "weekly"})
"""The environments whose runs are remembered."""
Known: TypeAlias = Mapping[str, Expected]


def looked_at(
    settings: Settings, known: Known, descends: Callable[[str], bool]
) -> tuple[Seen, ...]:
    """Name the commits that were looked at before: the base, and those that the history expects.

    A run of another environment had images of its own, of which nothing is expected here.
    """
    typed = () if are_typed(settings) else None
    base = () if settings.base is None else (Seen(commit=settings.base, images=typed),)
    told = _told(settings, known, typed)
    return (*base, *(one for one in told if _counts(settings, one.commit, descends)))


def _told(settings: Settings, known: Known, typed: tuple[str, ...] | None) -> Iterator[Seen]:
    own = known.get(settings.environment)
    if own is not None:
        images = typed if own.images is None else own.images
        yield from (Seen(commit=one, images=images) for one in own.commits)
    last = max(known.values(), key=lambda one: one.at, default=None)
    if last is not None and last is not own:
        yield Seen(commit=last.commits[0], images=typed if own is None else ())
    if settings.environment not in RECORDED and settings.base is not None:
        return  # a change is held against what it is based on, which may lack as much
    # What is owed to one environment, each of them is: by its images alone they differ.
    owed = (one for told in known.values() if told is not own for one in told.commits[1:])
    yield from (Seen(commit=one, images=()) for one in owed)


def _counts(settings: Settings, commit: str, descends: Callable[[str], bool]) -> bool:
    """Leave out what the commit has not grown from; where nobody can tell, it cannot be read."""
    if descends(commit):
        return True
    top = repository_of(settings.target)
    return settings.environment in RECORDED and top is not None and is_shallow(top)


def expecting(
    settings: Settings, record: RunRecord, less: Fewer, known: Known, at: str
) -> Expected | None:
    """Say what the next run is held against; None where what is known says it still.

    It does where an older commit was judged again, and where what was before could not be read,
    or the base: without its configuration a run asks about no image that it names.
    """
    own = known.get(settings.environment)
    commit = record.verdict.subject.commit or ""
    unread = any(gap.reason is GapReason.BASE_MISSING for gap in record.gaps)
    if unread or (own is not None and _is_older(settings, commit, own.commits[0])):
        return None
    owed = _unanswered(record.verdict, less.findings)
    had = (less.told_by[one.id] for one in owed if one.stage != IMAGE)
    ran = any(one.evidence.stage == IMAGE for one in record.results)
    before = own.images if own is not None else None
    images = _images(asked(settings), before or (), owed) if ran else before
    return Expected(at=at, commits=tuple(dict.fromkeys((commit, *had))), images=images)


def _is_older(settings: Settings, commit: str, than: str) -> bool:
    top = repository_of(settings.target)
    return commit != than and top is not None and is_ancestor(top, commit, of=than)


def _unanswered(verdict: Verdict, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the losses for which no exception answers whole."""
    breached = {one.finding for one in verdict.breaches}
    answered = {one.finding for one in verdict.excepted} - breached
    return tuple(one for one in findings if one.id not in answered)


def _images(now: Iterable[str], before: Iterable[str], owed: Iterable[Finding]) -> tuple[str, ...]:
    """Name the images that were asked about, and those that are owed as often as they were."""
    are, were = Counter(now), Counter(before)
    of_images = [one for one in owed if one.stage == IMAGE]
    gone = any(one.rule == GONE for one in of_images)
    lost = [*were] if gone else [one.target for one in of_images]
    kept = Counter({name: max(were[name], are[name] + 1) for name in lost})
    return tuple(sorted((are | kept).elements()))
