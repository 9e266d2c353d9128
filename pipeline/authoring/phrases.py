"""Matches as people say them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pipeline.policy.model import Condition, Match

_KINDS: Final[Mapping[str, str]] = {
    "sast": "findings in code",
    "sca": "vulnerable packages",
    "iac": "findings in infrastructure",
    "secret": "secrets",
    "workflow": "findings in workflows",
    "dast": "findings at the site",
    "coverage": "what was looked at less than before",
}


def match_words(match: Match) -> str:
    """Say which findings a match means."""
    kinds = next((one for one in match if one.field == "kind"), None)
    noun = listed(tuple(_KINDS[word] for word in kinds.words)) if kinds else "all findings"
    rest = [_SAYS.get(one.field, _plain)(one) for one in match if one.field != "kind"]
    return " ".join((noun, *_joined(rest)))


def _joined(parts: list[str]) -> tuple[str, ...]:
    return (f"with {' and '.join(parts)}",) if parts else ()


def listed(words: Sequence[str], last: str = "or") -> str:
    """Join words as a sentence does."""
    if len(words) < 2:  # noqa: PLR2004 -- one word needs no joining
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _plain(one: Condition) -> str:
    name = one.field.replace("_", " ")
    if one.flag is not None:
        return f"{name} {str(one.flag).lower()}"
    if one.at_least is not None:
        return f"{name} of {one.at_least:g} or more"
    return f"{name} {listed(one.words)}"


def _yes_no(yes: str, no: str) -> Callable[[Condition], str]:
    return lambda one: yes if one.flag else no


_SAYS: Final[Mapping[str, Callable[[Condition], str]]] = {
    "kev": _yes_no("a known exploit", "no known exploit"),
    "fix_available": _yes_no("a fix", "no fix"),
    "suppressed_inline": _yes_no("a comment that silences them", "no comment that silences them"),
    "withdrawn": _yes_no("a withdrawn advisory", "an advisory that stands"),
    "sla_breached": lambda _: "their days over",
    "stage": lambda one: f"a report by {listed(one.words)}",
    "epss": lambda one: f"a likelihood (EPSS) of {one.at_least:g} or more",
    "cwes": lambda one: f"weakness {listed(one.words)}",
    "ssvc": lambda one: f"a term of BOD 26-04 of {listed(one.words).replace('_', ' ')}",
}
