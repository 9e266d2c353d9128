"""Zizmor over workflows, actions and dependabot files, offline, each file named to it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.model.finding import Finding, Kind, Location, SeverityClaim
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.identity import new, normalised, numbered
from pipeline.model.inventory import Inventory
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.model.severity import confidence_of, severity_of
from pipeline.model.tracks import of_place
from pipeline.stages import redaction
from pipeline.stages.base import Job, Options, Reports, take, untouched
from pipeline.stages.tool_version import refuse_another
from pipeline.stages.workflows import foreign, report
from pipeline.toolchain.command import Command, Cost, Report

KIND: Final = Kind.WORKFLOW
TOOLS: Final[tuple[str, ...]] = ("zizmor",)
FEEDS: Final[tuple[str, ...]] = ()
QUOTED: Final = frozenset({"feature", "feature_kind", "comments", "route"})
"""Members of zizmor's report that quote the workflow."""
redact_log = untouched

_STRICT: Final = "workflows"
_LENIENT: Final = "workflows-lenient"
_SOURCE: Final = "src/"
_CANARY: Final = "canary/workflows/canary.yml"
_CANARY_RULE: Final = "template-injection"
_CANARY_TEXT: Final = """\
on: issues
permissions: {}
jobs:
  canary:
    name: canary
    runs-on: ubuntu-24.04
    steps:
      - run: echo WORD "${{ github.event.issue.title }}"
"""
_ANSWERS: Final = frozenset({0, 11, 12, 13, 14})
"""None found, or the worst that was: informational, low, medium, high."""
_WORST: Final = 14
"""How it ends when it finds the canary, which is of the highest severity."""
_CWES: Final = {
    "artipacked": "CWE-522",
    "cache-poisoning": "CWE-349",
    "dangerous-triggers": "CWE-829",
    "excessive-permissions": "CWE-250",
    "github-env": "CWE-94",
    "hardcoded-container-credentials": "CWE-798",
    "secrets-inherit": "CWE-668",
    "template-injection": "CWE-94",
    "unpinned-images": "CWE-829",
    "unpinned-uses": "CWE-829",
}


def redact(data: bytes) -> bytes:
    """Leave out the lines of workflows that zizmor quotes."""
    return redaction.without(data, QUOTED)


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every workflow, action and dependabot file, those that were not copied included."""
    del options
    names = set(inventory.workflows)
    unread = foreign.gaps("workflows", foreign.WORKFLOWS, inventory)
    gaps = tuple(
        Gap(stage="workflows", target=one.path, reason=one.reason, detail=one.detail)
        for one in inventory.unread
        if one.path in names
    )
    return Scope(asked=tuple(sorted({*names, *unread})), gaps=(*gaps, *unread.values()))


def commands(job: Job) -> tuple[Command, ...]:
    """Run it strict, and once more so that one broken file does not cost the others.

    Strict collection ends without any report at the first file that does not parse; without it
    such a file is only a line in the log. The second process takes some milliseconds and counts
    only when the first gave nothing. Files are named one by one: in a folder zizmor also reads
    what it was not asked for, and one bad pre-commit file would end the run.
    """
    zizmor = job.tool("zizmor").path
    unread = {gap.target for gap in job.scope.gaps}
    files = (f"{_SOURCE}{path}" for path in job.scope.asked if path not in unread)
    targets = (*files, _CANARY)
    return (
        _command(job, _STRICT, (zizmor, *_FLAGS, "--strict-collection", *targets)),
        _command(job, _LENIENT, (zizmor, *_FLAGS, *targets)),
    )


_FLAGS: Final = (
    *("--offline", "--no-progress", "--color", "never", "--no-config", "--no-ignores"),
    *("--collect=all", "--persona", "regular", "--format", "json-v1"),
)


def _command(job: Job, label: str, argv: tuple[str, ...]) -> Command:
    return Command(
        label=label,
        tool="zizmor",
        argv=argv,
        cwd=job.tree,
        env=(),
        answers=_ANSWERS,
        echo=job.word,
        reads=(job.tree,),
        inputs=((job.tree / _CANARY, _CANARY_TEXT.replace("WORD", job.word).encode()),),
        timeout=job.options.timeout,
        cost=Cost(cpu=1.0, memory_mb=128),
    )


def parse(job: Job, reports: Reports) -> Answer:
    """Read the strict report, else the other one; what is not in its log is not answered."""
    chosen, failure = _choose(reports)
    items = report.read(chosen)
    refuse_another(job, "zizmor", report.version(chosen.stderr))
    asked = {f"{_SOURCE}{path}" for path in job.scope.asked}
    for path in {item.primary.path for item in items}:
        if path not in asked and path != _CANARY:
            raise report.unreadable(f"it names the file {path}, which it was not given")
    done = report.completed(chosen.stderr)
    bites = any(_is_canary(item) for item in items) and _CANARY in done
    if bites and chosen.exit_code != _WORST:
        raise report.unreadable(f"it ended with {chosen.exit_code}, and reports what is worst")
    return Answer(
        findings=tuple(_findings(job, items)),
        answered=frozenset(path.removeprefix(_SOURCE) for path in asked & done),
        gaps=tuple(_gaps(job, done, chosen, failure)),
        canary=Canary.FOUND if bites else Canary.MISSED,
    )


def _choose(reports: Reports) -> tuple[Report, ToolError | None]:
    strict = reports[_STRICT]
    if isinstance(strict, ToolError):
        return take(reports, _LENIENT), strict
    return strict, None


def _is_canary(item: report.Item) -> bool:
    return item.ident == _CANARY_RULE and item.primary.path == _CANARY


def _gaps(
    job: Job, done: frozenset[str], chosen: Report, failure: ToolError | None
) -> Iterator[Gap]:
    known = {gap.target for gap in job.scope.gaps}
    missing = [p for p in job.scope.asked if p not in known and f"{_SOURCE}{p}" not in done]
    said = tuple(report.warnings(chosen.stderr))
    for path in missing:
        own = next((line for line in said if f"{_SOURCE}{path} " in line), "")
        detail = own or "zizmor cannot read it as a workflow, action or dependabot file"
        reason = GapReason.PARSE_ERROR if said else GapReason.NOT_LISTED
        yield Gap(stage=job.stage, target=path, reason=reason, detail=detail)
    if failure is not None and not missing:
        yield Gap(stage=job.stage, target=None, reason=failure.reason, detail=failure.message)


def _findings(job: Job, items: Iterable[report.Item]) -> Iterator[Finding]:
    """Yield what was found in the source, each with its place among equal features of a file."""
    silenced = {one.path for one in job.inventory.suppressions if "zizmor" in one.marker}
    ordinals: Counter[tuple[str, ...]] = Counter()
    for item in sorted(items, key=_place):
        place = item.primary
        if not place.path.startswith(_SOURCE):
            continue
        path = place.path.removeprefix(_SOURCE)
        text = normalised(place.concrete.feature)
        fingerprint = numbered(ordinals, path, item.ident, text)
        address = place.address and numbered(ordinals, path, item.ident, place.address)
        severity = severity_of(item.determinations.severity)
        said = " ".join(place.symbolic.annotation.split())
        yield new(
            kind=KIND,
            stage=job.stage,
            rule=item.ident,
            target=path,
            fingerprint=fingerprint,
            track_ids=of_place(KIND, item.ident, path, fingerprint, address),
            title=item.desc,
            message=f"{item.desc}: {said}. See {item.url}",
            severity=severity,
            severities=(SeverityClaim(source="zizmor", value=severity),),
            confidence=confidence_of(item.determinations.confidence),
            cwes=(_CWES[item.ident],) if item.ident in _CWES else (),
            location=Location(path, *place.lines),
            suppressed_inline=item.ignored or (path in silenced and item.is_marked),
        )


def _place(item: report.Item) -> tuple[str, str, int, int, str]:
    place = item.primary
    return place.path, item.ident, *place.lines, place.symbolic.annotation
