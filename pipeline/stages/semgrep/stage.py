"""Semgrep over the source, held against every file in a language that has rules."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from pipeline.model.finding import Finding, Kind, Location, SeverityClaim
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.identity import new, normalised, numbered
from pipeline.model.inventory import Inventory, SourceFile, Unread
from pipeline.model.outcome import Answer, Canary, Scope
from pipeline.model.severity import confidence_of
from pipeline.stages.base import Job, Options, Reports, take, untouched
from pipeline.stages.semgrep import canary, report
from pipeline.stages.semgrep import ran as semgrep_ran
from pipeline.stages.semgrep.rules import RESERVED, Rules, language, load
from pipeline.stages.semgrep.source import cwes, first_sentence, matched
from pipeline.stages.tool_version import refuse_another
from pipeline.toolchain.command import Command, Cost

KIND: Final = Kind.SAST
TOOLS: Final[tuple[str, ...]] = ("semgrep",)
FEEDS: Final[tuple[str, ...]] = ()
redact = report.redact
redact_log = untouched

_CODE: Final = "semgrep"
_TEXT: Final = "semgrep-text"
_DATA: Final = frozenset(
    {"css", "dockerfile", "html", "json", "jsonnet", "markdown", "terraform", "toml", "xml", "yaml"}
)
"""Languages of data and infrastructure: asked when a rule reads them, and no gap otherwise."""
_COMPILED: Final = "compiled"
"""As the inventory calls what runs and is no text."""


def scope(inventory: Inventory, options: Options) -> Scope:
    """Ask for every file in a language that has rules; other code is a gap by name.

    Rules that cannot be read are no reason to ask for less: `commands` says what is wrong.
    """
    try:
        rules = load(options.rules)
    except ToolError:
        rules = None
    gaps: list[Gap] = []
    asked: set[str] = set()
    for file in inventory.files:
        if not _is_asked(file, rules):
            continue
        asked.add(file.path)
        problem = _problem(file, rules)
        if problem:
            gaps.append(
                Gap(stage="semgrep", target=file.path, reason=problem[0], detail=problem[1])
            )
    for unread in inventory.unread:
        if _may_be_code(unread, rules):
            asked.add(unread.path)
            gaps.append(
                Gap(stage="semgrep", target=unread.path, reason=unread.reason, detail=unread.detail)
            )
    return Scope(
        asked=tuple(sorted(asked)),
        gaps=tuple(sorted(set(gaps), key=_order)),
        rules="" if rules is None else rules.digest,
    )


def commands(job: Job) -> tuple[Command, ...]:
    """Run all rules for languages in one process, and those for any text in a second one.

    One `generic` rule puts every text file into the report's list of scanned files, so that
    nothing about Python could be concluded from it.
    """
    rules = _rules(job)
    made = [_command(job, _CODE, rules.code, canary.for_code(rules, job.word), (canary.FOLDER,))]
    if rules.text:
        planted = canary.for_text(job.word)
        made.append(_command(job, _TEXT, rules.text, planted, (planted.files[0][0],)))
    return tuple(made)


def parse(job: Job, reports: Reports) -> Answer:
    """Read the reports; the matched text, which they withhold, comes from the private copy."""
    rules = _rules(job)
    code, gaps, expected = _read(
        job, reports, _CODE, rules.code_ids, canary.for_code(rules, job.word)
    )
    results, text = code.results, None
    if rules.text:
        text, more, planted = _read(job, reports, _TEXT, rules.text_ids, canary.for_text(job.word))
        results, gaps, expected = [*results, *text.results], gaps | more, expected | planted
    _refuse_strangers(results, rules, job.inventory)
    missed = sorted(expected - {(result.check_id, result.path) for result in results})
    return Answer(
        findings=tuple(_findings(job, results)),
        answered=_answered(job.inventory, rules, code, text),
        gaps=tuple(sorted({*gaps, *canary.unheard(job.stage, missed)}, key=_order)),
        canary=Canary.MISSED if missed else Canary.FOUND,
    )


def _rules(job: Job) -> Rules:
    """Read the rules, which must be those by which the scope was made: before and after the run."""
    rules = load(job.options.rules)
    if rules.digest != job.scope.rules:
        raise ToolError(
            GapReason.DIGEST_MISMATCH,
            f"semgrep: its rules were changed during the run: {rules.digest} is not"
            f" {job.scope.rules or 'what could be read before'}",
        )
    return rules


def _read(
    job: Job,
    reports: Reports,
    label: str,
    given: AbstractSet[str],
    planted: canary.Planted,
) -> tuple[report.Document, set[Gap], AbstractSet[tuple[str, str]]]:
    """Return what a process reported, what it left out, and what it had to find."""
    taken = take(reports, label)
    document = report.read(taken)
    refuse_another(job, "semgrep", document.version)
    own = {rule for rule, _ in planted.expected if rule.startswith(RESERVED)}
    gaps = {
        *report.gaps_of(document, stage=job.stage, rules=given),
        *semgrep_ran.gaps(
            taken.stderr, given | own, told=report.blamed(document, given), stage=job.stage
        ),
    }
    return document, gaps, planted.expected


def _is_asked(file: SourceFile, rules: Rules | None) -> bool:
    if rules is not None and rules.text and not file.binary:
        return True
    return file.language is not None and _reads(language(file.language), rules)


def _may_be_code(unread: Unread, rules: Rules | None) -> bool:
    """Say whether something that was not copied is code. Of another repository nobody knows."""
    if unread.language is not None:
        return _reads(language(unread.language), rules)
    return unread.reason is GapReason.SUBMODULE


def _reads(name: str, rules: Rules | None) -> bool:
    return name not in _DATA or (rules is not None and name in rules.languages)


def is_code(name: str | None) -> bool:
    """Say whether a language is looked at for itself, and not only as any text is."""
    return name is not None and language(name) not in _DATA


def _problem(file: SourceFile, rules: Rules | None) -> tuple[GapReason, str] | None:
    """Say why a file cannot be answered, whatever the report will hold."""
    name = language(file.language or "")
    if name == _COMPILED:
        return GapReason.NO_RULES, "compiled code, into which nothing looks"
    if file.binary:
        return GapReason.NOT_READ, f"binary where {name} was due"
    if rules is not None and name and name not in _DATA and name not in rules.languages:
        return GapReason.NO_RULES, f"no rule reads {name}"
    return None


def _command(
    job: Job,
    label: str,
    files: tuple[Path, ...],
    planted: canary.Planted,
    targets: tuple[str, ...],
) -> Command:
    own = job.work / f"{label}-canary.json"
    width = max(1, job.cores - 1)
    configs = (argument for path in (*files, own) for argument in ("--config", str(path)))
    return Command(
        label=label,
        tool="semgrep",
        argv=(
            job.tool("semgrep").path,
            "scan",
            *configs,
            *("--metrics", "off", "--disable-version-check", "--no-rewrite-rule-ids"),
            *("--json", "--verbose", "--novcs", "--x-ignore-semgrepignore-files"),
            *("--max-target-bytes", "0", "--timeout", "30", "--timeout-threshold", "0"),
            *("--disable-nosem", "-j", str(width), "src", *targets),
        ),
        cwd=job.tree,
        env=(
            ("SEMGREP_ENABLE_VERSION_CHECK", "0"),
            ("SEMGREP_LOG_FILE", str(job.work / label / "log")),
            ("SEMGREP_SEND_METRICS", "off"),
            ("SEMGREP_SETTINGS_FILE", str(job.work / label / "settings.yml")),
            *_origin(Path(job.tool("semgrep").path)),
        ),
        answers=frozenset({0}),
        echo=job.word,
        reads=(job.tree, *files),
        writes=(job.work / label,),
        inputs=((own, planted.rules), *((job.tree / n, data) for n, data in planted.files)),
        timeout=job.options.timeout,
        cost=Cost(cpu=float(width), memory_mb=1024, seconds=8.0),
    )


def _origin(program: Path) -> tuple[tuple[str, str], ...]:
    """Say where the libraries of its core are: without /proc the loader cannot find out.

    Many containers cover parts of /proc, and the kernel then allows a scanner none of its own.
    """
    found = sorted(program.parents[1].glob("lib/python3*/site-packages/semgrep/bin"))
    return (("LD_ORIGIN_PATH", str(found[0])),) if found else ()


def _answered(
    inventory: Inventory, rules: Rules, code: report.Document, text: report.Document | None
) -> frozenset[str]:
    """Return the files that every process which has rules for them says it scanned."""
    by_code = {report.in_source(path) for path in code.paths.scanned}
    by_text = {report.in_source(path) for path in text.paths.scanned} if text else set()
    return frozenset(
        file.path
        for file in inventory.files
        if (text is None or file.path in by_text)
        and (language(file.language or "") not in rules.languages or file.path in by_code)
    )


def _refuse_strangers(results: Iterable[report.Result], rules: Rules, inventory: Inventory) -> None:
    """Refuse a report that speaks of rules or files which this process was not given."""
    files = {f"{report.SOURCE}{file.path}" for file in inventory.files}
    for result in results:
        if result.check_id not in rules.ids and not result.check_id.startswith(RESERVED):
            raise report.unreadable(f"it names the rule {result.check_id}, which it was not given")
        if result.path not in files and not result.path.startswith(f"{canary.FOLDER}/"):
            raise report.unreadable(f"it names the file {result.path}, which it was not given")


def _findings(job: Job, results: Iterable[report.Result]) -> Iterator[Finding]:
    """Yield what was found in the source, each with its place among equal matches of a file."""
    suppressed = _suppressed(job.inventory)
    ordinals: Counter[tuple[str, ...]] = Counter()
    for result in sorted(_once(results), key=_place):
        path = report.in_source(result.path)
        if path is None or result.check_id.startswith(RESERVED):
            continue
        text = normalised(matched(job.tree / result.path, result.start.offset, result.end.offset))
        line = result.start.line
        yield new(
            kind=KIND,
            stage=job.stage,
            rule=result.check_id,
            target=path,
            fingerprint=numbered(ordinals, path, result.check_id, text),
            title=first_sentence(result.extra.message),
            message=" ".join(result.extra.message.split()),
            severity=result.severity,
            severities=(SeverityClaim(source="semgrep", value=result.severity),),
            confidence=confidence_of(result.extra.metadata.confidence),
            cwes=cwes(result.extra.metadata.cwe),
            location=Location(path, line, result.end.line),
            suppressed_inline=bool({(path, line), (path, line - 1)} & suppressed),
        )


def _once(results: Iterable[report.Result]) -> Iterable[report.Result]:
    """Leave out what is the same rule at the same place again, with other metavariables."""
    return {_place(result): result for result in sorted(results, key=_words)}.values()


def _place(result: report.Result) -> tuple[str, str, int, int]:
    return result.path, result.check_id, result.start.offset, result.end.offset


def _words(result: report.Result) -> str:
    return result.extra.message


def _suppressed(inventory: Inventory) -> frozenset[tuple[str, int]]:
    return frozenset(
        (one.path, one.line) for one in inventory.suppressions if one.marker.startswith("nosem")
    )


def _order(gap: Gap) -> tuple[str, str, str]:
    return gap.target or "", gap.reason.value, gap.detail
