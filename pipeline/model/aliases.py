"""Which advisory ids mean the same defect: symmetric and transitive."""

from collections.abc import Iterable, Mapping


def closure(groups: Iterable[Iterable[str]]) -> Mapping[str, frozenset[str]]:
    """Join groups that share an id, and return for each id all that belong to it.

    A union-find, since joining pair by pair misses chains that arrive in an unlucky order.
    """
    parent: dict[str, str] = {}
    for group in groups:
        first = ""
        for name in group:
            parent.setdefault(name, name)
            top = _root(parent, name)
            first = first or top
            parent[top] = _root(parent, first)
    members: dict[str, set[str]] = {}
    for name in parent:
        members.setdefault(_root(parent, name), set()).add(name)
    whole = {top: frozenset(names) for top, names in members.items()}
    return {name: whole[_root(parent, name)] for name in parent}


def _root(parent: dict[str, str], name: str) -> str:
    while parent[name] != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name
