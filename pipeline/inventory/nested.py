"""Follows `-r` and `-c` through requirements files."""

from collections.abc import Iterable, Mapping

import msgspec

from pipeline.inventory import requirements
from pipeline.inventory.requirements import Follow, Item, Unasked, Wanted
from pipeline.inventory.text import said
from pipeline.inventory.texts import Missing, Texts


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements files, what stands in them and how they name each other."""

    items: Mapping[str, tuple[Item, ...]]
    """Per file; a file that could not be followed has become an item of the file naming it."""
    constraints: Mapping[str, tuple[Wanted, ...]]
    """Per file, what constrains it: `-c` counts for everything that is installed with it."""
    required: frozenset[str]
    """Files that are named by `-r`, whatever they are called."""
    only_constraints: frozenset[str]
    """Files that are named by `-c` alone and by nobody else."""
    unreadable: Mapping[str, Missing]


class _Edges(msgspec.Struct):
    requires: list[str]
    constrains: list[str]


def follow(starts: Iterable[str], texts: Texts) -> Graph:
    """Read the given files and all that they name. A file is read once, so a ring is no end."""
    asked = set(starts)
    items: dict[str, tuple[Item, ...]] = {}
    edges: dict[str, _Edges] = {}
    unreadable: dict[str, Missing] = {}
    pending = sorted(asked)
    while pending:
        path = pending.pop()
        if path in edges:
            continue
        edges[path] = _Edges([], [])
        data = texts.read(path)
        if isinstance(data, Missing):
            unreadable[path] = data
            continue
        items[path] = _followed(path, requirements.parse(data), texts, edges[path])
        pending.extend((*edges[path].requires, *edges[path].constrains))
    required = {child for edge in edges.values() for child in edge.requires}
    return Graph(
        items=items,
        constraints=_constraints(edges, items),
        required=frozenset(required),
        only_constraints=frozenset(edges.keys() - required - asked),
        unreadable=unreadable,
    )


def _followed(path: str, found: tuple[Item, ...], texts: Texts, edges: _Edges) -> tuple[Item, ...]:
    kept: list[Item] = []
    for item in found:
        if not isinstance(item, Follow):
            kept.append(item)
            continue
        place = texts.named(path, item.path)
        if isinstance(place, Missing):
            kept.append(_lost(item, place))
        else:
            (edges.constrains if item.constraint else edges.requires).append(place)
    return tuple(kept)


def _lost(item: Follow, missing: Missing) -> Unasked:
    option = "-c" if item.constraint else "-r"
    return Unasked(
        line=item.line,
        name=said(f"{option} {item.path}"),
        reason=missing.reason,
        detail=said(missing.detail),
    )


def _constraints(
    edges: Mapping[str, _Edges], items: Mapping[str, tuple[Item, ...]]
) -> dict[str, tuple[Wanted, ...]]:
    """Give every file the constraints of each file that leads to it, and of all that it names."""
    found: dict[str, set[str]] = {path: set() for path in edges}
    included = {child for path, edge in edges.items() for child in edge.requires if child != path}
    tops = [path for path in edges if path not in included]
    reached = {path for top in tops for path in _reach(top, edges)}
    for top in (*tops, *(path for path in edges if path not in reached)):
        closure = _reach(top, edges)
        files = {file for path in closure for file in edges[path].constrains}
        whole = {file for start in files for file in _reach(start, edges, constraints=True)}
        for path in closure:
            found[path] |= whole
    return {
        path: tuple(
            item
            for file in sorted(files)
            for item in items.get(file, ())
            if isinstance(item, Wanted)
        )
        for path, files in found.items()
    }


def _reach(top: str, edges: Mapping[str, _Edges], *, constraints: bool = False) -> set[str]:
    seen: set[str] = set()
    pending = [top]
    while pending:
        path = pending.pop()
        if path not in seen:
            seen.add(path)
            pending.extend(edges[path].requires)
            pending.extend(edges[path].constrains if constraints else ())
    return seen
