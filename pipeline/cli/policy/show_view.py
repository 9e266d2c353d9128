"""Writes a policy in words, for a terminal, for programs and for a page."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.authoring.words import Words
from pipeline.cli.terminal.wrapping import WIDTH, wrapped
from pipeline.report.escape import code as as_code
from pipeline.report.escape import markdown as inert
from pipeline.report.escape import terminal

SCHEMA: Final = "penstock/policy-words@1"


def text(told: Words) -> str:
    """Write the sections, each sentence with its place at the right."""
    return "".join(f"{terminal(line)}\n" for line in _text(told))


def _text(told: Words) -> Iterator[str]:
    yield f"{told.policy} for {told.environment}, from {told.source}"
    yield told.digest
    for section in told.sections:
        yield ""
        yield section.title
        for line in section.lines:
            *before, last = wrapped(line.text, "  ", "    ")
            yield from before
            place = _short(line.place)
            if place and len(last) + len(place) + 2 <= WIDTH:
                yield f"{last}{place:>{WIDTH - len(last)}}"
            else:
                yield last
                yield from (f"{place:>{WIDTH}}",) if place else ()


def _short(place: str) -> str:
    """Leave out the folder, which stands at the top."""
    return place.rpartition("/")[2]


def json(told: Words) -> str:
    """Write everything, under a schema of its own."""
    document = {"schema": SCHEMA, **msgspec.to_builtins(told)}
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def markdown(told: Words) -> str:
    """Write a page."""
    return "".join(f"{line}\n" for line in _markdown(told))


def _markdown(told: Words) -> Iterator[str]:
    yield f"# Policy {as_code(told.policy)} for {as_code(told.environment)}"
    yield ""
    yield f"From {as_code(told.source)}, {as_code(told.digest)}."
    for section in told.sections:
        yield ""
        yield f"## {section.title.capitalize()}"
        yield ""
        for line in section.lines:
            place = f" {as_code(line.place)}" if line.place else ""
            yield f"- {inert(line.text)}{place}"


FORMATS: Final[Mapping[str, Callable[[Words], str]]] = {
    "text": text,
    "json": json,
    "markdown": markdown,
}
