"""What a SARIF run says of itself: which tool, when, on what, and how it ended."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pipeline.imports.base import Asked, NotReadError, Word
from pipeline.imports.sarif_model import Invocation, Notification, Run
from pipeline.imports.sarif_places import Places, first
from pipeline.imports.text import NAME, instant, short
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Lack

_LOOKED_AT: Final = "analysisTarget"
_EXTRACTED: Final = "/successfully-extracted-files"
"""How the notifications of CodeQL end that name a file which it could read."""
_GONE: Final = "deleted"
_HARMLESS: Final = frozenset({"note", "none"})


def of(run: Run, asked: Asked, *, computed: bool) -> Word:
    """Say what a run says. Without results nobody looked; without an ending, who knows."""
    driver = run.tool.driver
    invocations = run.invocations or ()
    places = Places(run, asked.roots)
    revision = next(iter(run.version_control_provenance or ()), None)
    return Word(
        tool=short(driver.name, NAME),
        version=short(driver.semantic_version or driver.version or "", NAME),
        made=_made(invocations),
        target=short(revision.repository_uri, NAME) if revision is not None else "",
        commit=revision.revision_id if revision is not None else None,
        listed=frozenset(filter(None, _listed(run, places))),
        gaps=tuple(_gaps(run, asked, places, computed=computed)),
        lacks=frozenset(_lacks(run)),
    )


def joined(words: Sequence[Word], asked: Asked, *, apart: bool) -> Word:
    """Join the runs of a report, of which something may lie apart from them.

    Raises NotReadError for none, and for runs of several tools.
    """
    if not words:
        raise NotReadError("it has no run in it", hint="a report without a run says nothing")
    tools = sorted({(one.tool, one.version) for one in words})
    if len(tools) > 1:
        told = ", ".join(" ".join(one) for one in tools)
        raise NotReadError(f"its runs are of several tools: {told}", hint="write one file for each")
    times = [one.made for one in words]
    commits = {one.commit for one in words}
    other = Gap(
        stage=asked.stage,
        target=None,
        reason=GapReason.DIGEST_MISMATCH,
        detail="its runs are of several revisions",
    )
    left = Gap(
        stage=asked.stage,
        target=None,
        reason=GapReason.NOT_READ,
        detail="a part of its runs stands beside them, and is not read",
    )
    more = (*((other,) if len(commits) > 1 else ()), *((left,) if apart else ()))
    return Word(
        tool=tools[0][0],
        version=tools[0][1],
        made=min(filter(None, times)) if all(times) else None,
        target=next((one.target for one in words if one.target), ""),
        commit=next(iter(commits)) if len(commits) == 1 else None,
        listed=frozenset().union(*(one.listed for one in words)),
        gaps=(*(gap for one in words for gap in one.gaps), *more),
        lacks=frozenset().union(*(one.lacks for one in words)),
    )


def _made(invocations: Iterable[Invocation]) -> str | None:
    said = [one.end_time_utc or one.start_time_utc for one in invocations]
    read = [instant(one) if one else None for one in said]
    known = [one for one in read if one is not None]
    return min(known) if known and len(known) == len(read) else None


def _listed(run: Run, places: Places) -> Iterator[str]:
    """Name the files that were looked at: those that are called targets of the analysis."""
    for one in run.artifacts or ():
        roles = one.roles or ()
        if _LOOKED_AT in roles and _GONE not in roles:
            yield places.path(one.location)
    for invocation in run.invocations or ():
        for told in invocation.tool_execution_notifications or ():
            if told.descriptor is not None and (told.descriptor.id or "").endswith(_EXTRACTED):
                yield _target(told, places) or ""


def _lacks(run: Run) -> Iterator[Lack]:
    parts = [run.tool.driver, *(run.tool.extensions or ())]
    if not any(one.rules for one in parts):
        yield Lack.UNSAID_CHECKS
    if not run.invocations:
        yield Lack.UNSAID_END


def _gaps(run: Run, asked: Asked, places: Places, *, computed: bool) -> Iterator[Gap]:
    if not computed:
        told = "the run has no results: they were never computed"
        yield _gap(asked, None, GapReason.TOOL_FAILED, told)
    if run.external_property_file_references:
        told = "a part of it lies in other files, which are not read"
        yield _gap(asked, None, GapReason.NOT_READ, told)
    if len({one.revision_id for one in run.version_control_provenance or ()}) > 1:
        told = "the run is of several revisions"
        yield _gap(asked, None, GapReason.DIGEST_MISMATCH, told)
    for one in run.invocations or ():
        killed = one.exit_signal_name or one.exit_signal_number or one.process_start_failure_message
        if not one.execution_successful or killed:
            told = f"the tool says that it did not succeed {killed or ''}".rstrip()
            yield _gap(asked, None, GapReason.TOOL_FAILED, short(told))
        if one.rule_configuration_overrides:
            told = "its rules were set anew for one start of the tool, which is not read"
            yield _gap(asked, None, GapReason.NOT_READ, told)
        yield from _said(asked, one.tool_execution_notifications, GapReason.TOOL_FAILED, places)
        yield from _said(asked, one.tool_configuration_notifications, GapReason.RULE_ERROR, places)


def _said(
    asked: Asked,
    notifications: Sequence[Notification] | None,
    reason: GapReason,
    places: Places,
) -> Iterator[Gap]:
    """Take warnings and errors at their word: something was not looked at."""
    for one in notifications or ():
        if (one.level or "warning") not in _HARMLESS:
            about = one.descriptor.id if one.descriptor else None
            told = f"the tool reports: {about or one.level or 'a warning'}"
            yield _gap(asked, _target(one, places), reason, short(told))


def _target(told: Notification, places: Places) -> str | None:
    place = first(told.locations)
    return places.path(place.artifact_location if place else None) or None


def _gap(asked: Asked, target: str | None, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=asked.stage, target=target, reason=reason, detail=detail)
