"""What the rules of a SARIF run say of their results: severity, confidence, weaknesses, titles."""

from collections.abc import Iterator
from functools import lru_cache, reduce

import msgspec

from pipeline.imports.quiet import is_about_secrets
from pipeline.imports.sarif_model import Bag, Driver, Result, Rule, Tool
from pipeline.imports.text import NAME, advisory_in, cwes_in, short
from pipeline.model.finding import SeverityClaim
from pipeline.model.severity import RANK, Confidence, Severity, severity_of, worst
from pipeline.stages.cvss_score import word_of

_PRECISION = {
    "very-high": Confidence.HIGH,
    "high": Confidence.HIGH,
    "medium": Confidence.MEDIUM,
    "low": Confidence.LOW,
}
_UNNAMED = "unnamed"
_USUAL = "warning"
"""The level of a rule that says none (SARIF 2.1.0, 3.50.3)."""
_WORST_SCORE = 10.0
_KEPT = 50_000
"""Rules that are remembered: a report may name another one with each result."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a rule, as findings want it."""

    id: str
    title: str
    level: str | None
    """Its own; None where it has none."""
    score: float | None
    confidence: Confidence
    cwes: tuple[str, ...]
    advisory: str | None
    """The published advisory that it is named for."""
    secret: bool
    """It is about secrets in code."""
    texts: dict[str, str]


class Rules:
    """The rules of a run, by what results say of them."""

    def __init__(self, tool: Tool | None) -> None:
        self._parts = [_rules(part) for part in _parts(tool)]
        self._by_id: dict[str, About] = {}
        for one in (about for part in self._parts for about in part):
            known = self._by_id.get(one.id)
            self._by_id[one.id] = one if known is None else _worse(known, one)

    def __len__(self) -> int:
        return len(self._by_id)

    def of(self, result: Result) -> About:
        """Return what is known of a result's rule: by its id, else by its place in the list."""
        named = result.rule_id or (result.rule.id if result.rule else None)
        if named is not None:
            return self._named(short(named, NAME))
        return self._at(result) or self._named(_UNNAMED)

    def _named(self, name: str) -> About:
        known = self._by_id.get(name) or self._by_id.get(name.rpartition("/")[0])
        if known is None or known.id != name:
            told = msgspec.structs.replace(known, id=name) if known else _about(Rule(id=name))
            if len(self._by_id) < _KEPT:
                self._by_id[name] = told
            return told
        return known

    def _at(self, result: Result) -> About | None:
        """Return the rule at a place, in the part that is meant; of several parts the worst."""
        index, parts = result.rule_index, self._parts[:1]
        if result.rule is not None:
            index = max(index, result.rule.index)
            component = result.rule.tool_component
            if component is not None:
                at = component.index + 1
                parts = self._parts[at : at + 1] if at > 0 else self._parts
        found = [rules[index] for rules in parts if 0 <= index < len(rules)]
        return reduce(_worse, found) if found else None


def _worse(one: About, other: About) -> About:
    """Return the rule that says more, with the worst of what both say: one name, two meanings."""
    first, second = one.level or _USUAL, other.level or _USUAL
    level = first if RANK[severity_of(first)] >= RANK[severity_of(second)] else second
    scores = [each.score for each in (one, other) if each.score is not None]
    sure = one.confidence if one.confidence is other.confidence else Confidence.UNKNOWN
    return msgspec.structs.replace(
        one, level=level, score=max(scores, default=None), confidence=sure
    )


def _parts(tool: Tool | None) -> Iterator[Driver]:
    if tool is not None:
        yield tool.driver
        yield from tool.extensions or ()


def _rules(part: Driver) -> tuple[About, ...]:
    return tuple(_about(one) for one in part.rules or ())


def _about(rule: Rule) -> About:
    bag = rule.properties or Bag()
    name = short(rule.id, NAME) or _UNNAMED
    said = (rule.short_description, rule.full_description)
    texts = [one.text for one in said if one is not None and one.text]
    setting = rule.default_configuration
    title, cwes = short((texts or [rule.name or name])[0]), cwes_in(bag.tags or ())
    return About(
        id=name,
        title=title,
        level=setting.level if setting else None,
        score=score_of(bag.security_severity),
        confidence=_PRECISION.get((bag.precision or "").lower(), Confidence.UNKNOWN),
        cwes=cwes,
        advisory=advisory_in(name),
        secret=is_about_secrets(f"{name} {rule.name or ''}", title, cwes),
        texts={key: one.text or "" for key, one in (rule.message_strings or {}).items()},
    )


def score_of(said: str | float | None) -> float | None:
    """Read the score that GitHub reads; None for what is none."""
    try:
        score = float(said) if said is not None else -1.0
    except ValueError:
        return None
    return score if 0.0 <= score <= _WORST_SCORE else None


@lru_cache(maxsize=4096)
def claims(level: str, score: float | None) -> tuple[Severity, tuple[SeverityClaim, ...]]:
    """Return the severity, and who says what: the level, and the score that GitHub reads."""
    said = [SeverityClaim(source="sarif", value=severity_of(level))]
    if score is not None:
        scored = SeverityClaim(source="security-severity", value=word_of(score), score=score)
        said.append(scored)
    return worst(one.value for one in said), tuple(sorted(said, key=repr))
