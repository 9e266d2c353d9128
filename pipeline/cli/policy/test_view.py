"""Writes what the tests of a policy show, for people, for programs and for CI."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.authoring.mutants import Survivor
from pipeline.authoring.tested import Difference, Report, RuleCoverage, Tested
from pipeline.cli.terminal.wrapping import wrapped
from pipeline.report.escape import terminal, xml
from pipeline.report.summary import plural

SCHEMA: Final = "penstock/policy-test-result@1"


def text(told: Report) -> str:
    """Write the red cases in full, the rules with their coverage, and the sum."""
    return "".join(f"{terminal(line)}\n" for line in _text(told))


def _text(told: Report) -> Iterator[str]:
    for one in told.cases:
        if not one.green:
            yield from _red(one)
    yield from () if told.partial else _coverage(told.rules)
    yield from _mutants(told)
    red = sum(not one.green for one in told.cases)
    total = plural(len(told.cases), "case")
    yield f"{total}, {red} red" if red else f"{total}, all green"


def _red(one: Tested) -> Iterator[str]:
    yield f"RED  {one.name}"
    yield f"     {one.place}"
    for difference in one.differences:
        yield from _difference(difference)
    yield ""


def _difference(one: Difference) -> Iterator[str]:
    width = len(one.key)
    yield f"  {one.key}  - expected {_words(one.expected)}"
    yield f"  {' ' * width}  + got      {_words(one.got)}"
    for note in one.notes:
        yield from wrapped(note, "      ")


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "none"


def _coverage(rules: tuple[RuleCoverage, ...]) -> Iterator[str]:
    width = max((len(rule.id) for rule in rules), default=4)
    yield f"{'RULE':<{width}}  fails  warns  lowered  not met"
    for rule in rules:
        counts = f"{rule.failed:>5}  {rule.warned:>5}  {rule.lowered:>7}  {rule.passed:>7}"
        never = "" if rule.met else "  never met: no case shows what it does"
        yield f"{rule.id:<{width}}  {counts}{never}"
    yield ""


def _mutants(told: Report) -> Iterator[str]:
    if told.mutants is None:
        if told.asked:
            yield "not weakened: first every case has to be green"
        return
    for one in told.survivors:
        yield from _survivor(one)
    left = len(told.survivors)
    seen = f"{told.mutants} ways to weaken the policy, "
    yield seen + (f"{left} of them unseen by every test" if left else "each seen by a test")


def _survivor(one: Survivor) -> Iterator[str]:
    yield f"UNSEEN  {one.part} {one.name}"
    yield f"        {one.place}"
    yield from wrapped(f"write {one.advice}", "        ")
    yield ""


def json(told: Report) -> str:
    """Write everything, under a schema of its own."""
    document = {"schema": SCHEMA, "green": told.green, **msgspec.to_builtins(told)}
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def junit(told: Report) -> str:
    """Write the cases, and the mutants where they were asked for, as JUnit suites."""
    return "".join(f"{line}\n" for line in _junit(told))


def _junit(told: Report) -> Iterator[str]:
    suites: dict[str, list[str]] = {}
    failures: dict[str, int] = {}
    for one in told.cases:
        suites.setdefault(one.file, []).extend(_junit_case(one))
        failures[one.file] = failures.get(one.file, 0) + (not one.green)
    counts = {name: sum(one.file == name for one in told.cases) for name in suites}
    if told.mutants is not None:
        name = "mutants"
        suites[name] = [line for one in told.survivors for line in _junit_survivor(one)]
        suites[name] += [_testcase(name, f"{told.mutants - len(told.survivors)} seen", "/")]
        failures[name], counts[name] = len(told.survivors), len(told.survivors) + 1
    total = f'tests="{sum(counts.values())}" failures="{sum(failures.values())}" errors="0"'
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites {total}>"
    for name, lines in suites.items():
        counted = f'tests="{counts[name]}" failures="{failures[name]}" errors="0"'
        yield f'  <testsuite name={_quoted(name)} {counted} skipped="0">'
        yield from (f"    {line}" for line in lines)
        yield "  </testsuite>"
    yield "</testsuites>"


def _testcase(suite: str, name: str, end: str) -> str:
    return f"<testcase classname={_quoted(suite)} name={_quoted(name)}{end}>"


def _junit_case(one: Tested) -> Iterator[str]:
    if one.green:
        yield _testcase(one.file, one.name, "/")
        return
    keys = ", ".join(difference.key for difference in one.differences)
    said = "\n".join(_red(one))
    yield _testcase(one.file, one.name, "")
    yield f'  <failure type="mismatch" message={_quoted(f"differs in {keys}")}>{_said(said)}'
    yield "  </failure></testcase>"


def _junit_survivor(one: Survivor) -> Iterator[str]:
    said = "\n".join(_survivor(one))
    yield _testcase("mutants", f"{one.part} {one.name}", "")
    yield f'  <failure type="unseen" message={_quoted(f"write {one.advice}")}>{_said(said)}'
    yield "  </failure></testcase>"


def _said(words: str) -> str:
    return xml(words, keep_lines=True)


def _quoted(words: str) -> str:
    return f'"{xml(words)}"'


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "text": text,
    "json": json,
    "junit": junit,
}
