"""Writes what a change of policy does, for people, for programs and for pull requests."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.authoring.changes import Altered
from pipeline.authoring.difference import Change
from pipeline.authoring.replay import Replay, Sum
from pipeline.cli.terminal.wrapping import wrapped
from pipeline.report.escape import code, markdown, terminal
from pipeline.report.summary import plural

SCHEMA: Final = "penstock/policy-diff@1"
_DAMAGED: Final = 20
_NAMED: Final = 10


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison, whole."""

    base: str
    head: str
    altered: tuple[Altered, ...]
    replay: Replay | None

    @property
    def weaker(self) -> bool:
        """Whether HEAD lets through what BASE stops; without runs, whether it says so."""
        if self.replay is not None:
            return self.replay.weaker
        return any(one.way == "weaker" for one in self.altered)


def text(told: Told) -> str:
    """Write it for a terminal."""
    return "".join(f"{terminal(line)}\n" for line in _text(told))


def _text(told: Told) -> Iterator[str]:
    yield "AS WRITTEN"
    for one in told.altered:
        yield from wrapped(f"{one.way:<9} {one.subject}  {one.told}", "  ", " " * 14)
    if not told.altered:
        yield "  no difference"
    if told.replay is None:
        yield "RUNS  none judged; --bundles DIR shows what the change does to past runs"
        return
    for repository in told.replay.sums:
        yield from _sum(repository)
    if damaged := told.replay.damaged:
        yield f"NOT JUDGED  {plural(len(damaged), 'bundle')}"
        for bad in damaged[:_DAMAGED]:
            yield from wrapped(f"{bad.bundle}: {bad.why}", "  ")
        if len(damaged) > _DAMAGED:
            yield f"  and {len(damaged) - _DAMAGED} more"
    yield _last(told, told.replay)


def _sum(one: Sum) -> Iterator[str]:
    yield f"{one.repository}  {plural(one.bundles, 'bundle')}"
    yield f"  newly passing  {plural(one.newly_passing, 'finding')}"
    yield from _examples(one.examples_passing, one.newly_passing)
    yield f"  newly blocked  {plural(one.newly_blocked, 'finding')}"
    yield from _examples(one.examples_blocked, one.newly_blocked)
    for name, words in _rest(one):
        yield from wrapped(f"{name}: {words}", "  ")


def _examples(changes: list[Change], count: int) -> Iterator[str]:
    for one in changes:
        yield f"    {one.severity.value:<8} {one.name}  {one.place}"
        yield from wrapped("; ".join(one.why), "      ")
    if changes and count > len(changes):
        yield f"    and {count - len(changes)} more"


def _rest(one: Sum) -> Iterator[tuple[str, str]]:
    """Yield what else changes, without what does not."""
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        ("verdicts", (f"{name} in {n}" for name, n in sorted(one.verdicts.items()))),
        ("no longer breached", one.breaches_gone),
        ("newly breached", one.breaches_new),
        ("exceptions that apply now", sorted(one.exceptions_new)),
        ("exceptions freed", sorted(one.exceptions_freed)),
        ("exceptions dead", sorted(one.exceptions_dead)),
        ("answers no longer owed", [str(one.gaps_gone)] if one.gaps_gone else []),
        ("answers newly owed", [str(one.gaps_new)] if one.gaps_new else []),
    )
    for name, words in parts:
        every = list(words)
        more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
        if every:
            yield name, f"{', '.join(every[:_NAMED])}{more}"


def _last(told: Told, replay: Replay) -> str:
    count = sum(one.bundles for one in replay.sums)
    if not count:
        return f"NOTHING JUDGED  {plural(len(replay.damaged), 'bundle')} cannot be"
    word = "WEAKER" if told.weaker else "NOT WEAKER"
    unknown = f", {len(replay.damaged)} not judged" if replay.damaged else ""
    return f"{word}  for {plural(count, 'bundle')}{unknown}"


def json(told: Told) -> str:
    """Write everything, under a schema of its own."""
    replay = told.replay
    document = {
        "schema": SCHEMA,
        "base": told.base,
        "head": told.head,
        "weaker": told.weaker,
        "changes": told.altered,
        "repositories": _plain(replay) if replay else None,
        "not_judged": replay.damaged if replay else [],
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def _plain(replay: Replay) -> list[object]:
    return [msgspec.to_builtins(one, order="deterministic") for one in replay.sums]


def as_markdown(told: Told) -> str:
    """Write it for a pull request."""
    lines = ["### What this change of policy does", ""]
    lines += [
        f"- **{one.way}** {code(one.subject)} {markdown(one.told)}" for one in told.altered
    ] or ["No difference as it is written."]
    if told.replay is not None:
        lines += [
            "",
            "| Repository | Bundles | Newly passing | Newly blocked |",
            "|---|--:|--:|--:|",
        ]
        lines += [
            f"| {markdown(one.repository)} | {one.bundles} | {one.newly_passing} |"
            f" {one.newly_blocked} |"
            for one in told.replay.sums
        ]
        lines += ["", f"**{_last(told, told.replay)}**"]
    return "\n".join(lines) + "\n"


FORMATS: Final[Mapping[str, Callable[[Told], str]]] = {
    "text": text,
    "json": json,
    "markdown": as_markdown,
}
