"""Writes what lint finds, for people and for programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.authoring.lint_model import Flaw
from pipeline.cli.terminal.wrapping import wrapped
from pipeline.report.escape import terminal
from pipeline.report.summary import plural

SCHEMA: Final = "penstock/policy-lint@1"


def text(policy: str, flaws: tuple[Flaw, ...]) -> str:
    """Write a flaw in a few lines, with its place, and the sum."""
    return "".join(f"{terminal(line)}\n" for line in _text(policy, flaws))


def _text(policy: str, flaws: tuple[Flaw, ...]) -> Iterator[str]:
    for one in flaws:
        yield f"{one.place}: {one.level} {one.code}"
        yield from wrapped(one.message, "  ")
        if one.help:
            yield from wrapped(f"help: {one.help}", "  ")
    errors = sum(one.level == "error" for one in flaws)
    warnings = len(flaws) - errors
    told = f"{plural(errors, 'error')}, {plural(warnings, 'warning')}" if flaws else "nothing found"
    yield f"{policy}: {told}"


def json(policy: str, flaws: tuple[Flaw, ...]) -> str:
    """Write everything, under a schema of its own."""
    document = {
        "schema": SCHEMA,
        "policy": policy,
        "errors": sum(one.level == "error" for one in flaws),
        "warnings": sum(one.level == "warning" for one in flaws),
        "findings": [_flaw(one) for one in flaws],
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def _flaw(one: Flaw) -> dict[str, object]:
    where = one.place
    place = {"path": where.path, "line": where.line, "column": where.column}
    return {
        "code": one.code,
        "level": one.level,
        "message": one.message,
        "help": one.help,
        **place,
    }


FORMATS: Final[Mapping[str, Callable[[str, tuple[Flaw, ...]], str]]] = {
    "text": text,
    "json": json,
}
