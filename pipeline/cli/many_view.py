"""Shows an import of more findings than a report could list."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pipeline.bundle.read import read
from pipeline.cli.terminal import output
from pipeline.model.record import RunRecord
from pipeline.model.severity import RANK
from pipeline.policy.judging.gate import judge
from pipeline.report import summary
from pipeline.report.escape import terminal
from pipeline.runner.again import record_of, stored_case
from pipeline.runner.many import Sums, Written

_TEXT: Final = "text"
_GAPS: Final = 12


def write(
    record: RunRecord,
    many: Written,
    wanted: tuple[output.Wanted, ...],
    environment: Mapping[str, str],
) -> None:
    """Tell the sums. Other formats list everything, and have to hold it for that."""
    for one in wanted:
        if one.name == _TEXT:
            output.put("".join(f"{line}\n" for line in _lines(record, many)), one.file)
    others = tuple(one for one in wanted if one.name != _TEXT)
    if others:
        stored = read(Path(record.bundle))
        case = stored_case(stored)
        whole = record_of(stored, judge(case), case.policy)
        output.write(output.as_typed(whole), others, environment)


def _lines(record: RunRecord, many: Written) -> Iterator[str]:
    verdict = record.verdict
    (result,) = record.results
    counts = sorted(many.severities.items(), key=lambda one: -RANK[one[0]])
    total = sum(many.severities.values())
    yield f"{result.evidence.stage}: {summary.answered(result.evidence.outcome)}"
    yield f"{total:,} findings: {', '.join(f'{n:,} {word.value}' for word, n in counts)}"
    yield from _rules("Breaches", many.breaches)
    yield from _rules("Warnings", many.warnings)
    for gap in verdict.unanswered[:_GAPS]:
        where = f"{gap.stage or 'run'}{f': {gap.target}' if gap.target else ''}"
        yield terminal(f"  {gap.reason.value}  {where}  {gap.detail}")
    if len(verdict.unanswered) > _GAPS:
        yield f"  … and {len(verdict.unanswered) - _GAPS} more in coverage.json"
    missing = summary.plural(len(verdict.unanswered), "required answer")
    yield f"{verdict.verdict.value}  {missing} missing"
    for note in summary.notes(record):
        yield f"  note      {terminal(note)}"
    yield f"  evidence  {terminal(output.as_typed(record).bundle)}"
    yield "  reports   left out for so many findings: penstock gate BUNDLE --format F writes one"


def _rules(title: str, sums: Sums) -> Iterator[str]:
    if sums.counts:
        yield f"{title} by rule"
    for rule, count in sorted(sums.counts.items(), key=lambda one: (-one[1], one[0])):
        yield f"  {count:>9,}  {terminal(rule)}  {terminal(sums.words[rule])}"
