"""The policy in words, as a security person reads it: what it asks, stops, and lets be excepted."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from pipeline.authoring.phrases import listed, match_words
from pipeline.model.walls import Sandbox
from pipeline.policy.demand import DEFAULT_FEED_AGE
from pipeline.policy.model import LAST_PRIORITY, PRIORITIES, BudgetCount, Policy, Rule
from pipeline.policy.roles import Roles


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence, and where the policy says so; empty where that is a default."""

    text: str
    place: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences about one thing."""

    title: str
    lines: tuple[Line, ...]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A whole policy in words, for one environment."""

    policy: str
    digest: str
    source: str
    environment: str
    sections: tuple[Section, ...]


_OWES: Final = {
    "always": "has to answer, and to have something to look at",
    "when_present": "has to answer where there is something to look at",
    "no": "is not required; what it finds is judged all the same",
}


_WALLS: Final[Mapping[Sandbox, str]] = {
    "required": "A scanner runs in a root of its own, or not at all.",
    "preferred": "A scanner is walled in as strictly as the machine can.",
    "off": "A scanner runs WITHOUT WALLS, with all that its user may.",
}


_COUNTED: Final[Mapping[BudgetCount, str]] = {
    "exceptions_active": "exceptions outstanding",
    "exceptions_renewed_gt_2": "renewed more than twice",
    "findings_critical_raw": "critical findings, excepted ones included",
}


def words(policy: Policy, *, source: str, environment: str, today: date) -> Words:
    """Put a policy into words, as it judges one environment."""
    told = _Told(policy, environment, today)
    sections = (
        Section(title=title, lines=tuple(lines))
        for title, lines in (
            ("WHAT HAS TO BE KNOWN", told.evidence()),
            ("WHAT NOBODY KNOWS", told.unknowns()),
            ("PRIORITIES", told.priorities()),
            ("RULES", told.rules()),
            ("REMEDIATION", told.clocks()),
            ("BUDGETS", told.budgets()),
            ("EXCEPTIONS", told.exceptions()),
            ("WHO MAY DO WHAT", told.roles()),
            ("REPORT ONLY", told.report_only()),
            ("SIGNING", told.signing()),
        )
    )
    return Words(
        policy=policy.name,
        digest=policy.digest,
        source=source,
        environment=environment,
        sections=tuple(one for one in sections if one.lines),
    )


class _Told:
    """Tells the parts of a policy, one sentence a line."""

    def __init__(self, policy: Policy, environment: str, today: date) -> None:
        self.policy = policy
        self.environment = environment
        self.today = today

    def _at(self, *keys: str) -> str:
        """Name the place of the first of these keys that is written; nothing for a default."""
        places = self.policy.places
        written = (str(places[key]) for key in keys if key in places)
        return next(written, "")

    def evidence(self) -> Iterator[Line]:
        demands = self.policy.demands
        for stage, owes in self.policy.required(self.environment).items():
            age = demands.stages[stage].max_feed_age_hours
            fresh = f", by feeds of at most {age} hours" if age and owes != "no" else ""
            place = self._at(f"evidence.stages.{stage}")
            yield Line(text=f"{stage} {_OWES[owes]}{fresh}.", place=place)
        for name, one in demands.enrichment.items():
            need = "has to be there" if one.required else "is welcome"
            text = f"What {name} says of findings {need}, at most {one.max_age_hours} hours old."
            yield Line(text=text, place=self._at(f"evidence.enrichment.{name}"))
        yield from self._manners()
        yield from self._let_be()

    def _manners(self) -> Iterator[Line]:
        demands = self.policy.demands
        unlocked = "is refused" if demands.unlocked == "refuse" else "is a warning"
        yield Line(
            text=f"A scanner that is not the locked one {unlocked}.",
            place=self._at("evidence.tools.unlocked"),
        )
        yield from self._tools()
        feeds = f"Feeds are at most {DEFAULT_FEED_AGE} hours old where a stage says nothing else."
        yield Line(text=feeds, place="")
        yield Line(text=_WALLS[demands.sandbox], place=self._at("evidence.sandbox"))
        excerpts = "accepted, and the verdict says DEMO" if demands.accept_excerpts else "refused"
        yield Line(text=f"Excerpts of feeds are {excerpts}.", place=self._at("evidence.excerpts"))
        rules = "a warning" if demands.no_rules == "warn" else "a gap"
        text = f"What no scanner here has rules for is {rules}."
        yield Line(text=text, place=self._at("evidence.no_rules"))

    def _tools(self) -> Iterator[Line]:
        demands = self.policy.demands
        if demands.cool_down_days:
            text = (
                f"A scanner's release is not used before it is {demands.cool_down_days} days old."
            )
            yield Line(text=text, place=self._at("evidence.tools.cool_down_days"))
        for index, one in enumerate(demands.denied_tools):
            which = ", ".join(one.versions) or "in every version"
            text = f"{one.tool} {which} is never believed: {one.reason} ({one.source})"
            yield Line(text=text, place=self._at(f"evidence.tools.denied.{index}"))

    def _let_be(self) -> Iterator[Line]:
        demands = self.policy.demands
        for index, one in enumerate(demands.allowed_exclusions):
            text = f"{one.glob} may be left out {self._until(one.expires)}: {one.reason}"
            place = self._at(f"evidence.allowed_exclusions.{index}")
            yield Line(text=f"{text} ({one.owner})", place=place)
        for index, gap in enumerate(demands.tolerated_gaps):
            until = self._until(gap.expires)
            text = f"{gap.stage} need not answer for {gap.target} {until}: {gap.reason}"
            place = self._at(f"evidence.tolerated_gaps.{index}")
            yield Line(text=f"{text} ({gap.owner})", place=place)
        for index, other in enumerate(demands.imports):
            text = f"Reports of {other.tool} {' or '.join(other.versions)}".rstrip()
            text += f" may answer for {other.stage}, at most {other.max_age_hours} hours old"
            open_ = ", ".join(sorted(other.accepts))
            text += f"; they may leave open: {open_}." if open_ else "."
            yield Line(text=text, place=self._at(f"evidence.imports.{index}"))

    def _until(self, day: date) -> str:
        return f"until {day}" if self.today < day else f"no more: that ended on {day}"

    def unknowns(self) -> Iterator[Line]:
        said = self.policy.unknowns
        yield Line(
            text=f"A severity that nobody knows counts as {said.severity.value}.",
            place=self._at("unknowns.severity"),
        )
        known: Mapping[str, tuple[object, str]] = {
            "fix_available": (said.fix_available, "A fix that nobody knows of counts as there."),
            "exposure": (said.exposure, "What nobody says is internal counts as public."),
            "epss": (said.epss, "No score in a fresh EPSS table counts as no likelihood."),
            "kev": (said.kev, "What has no CVE counts as not in a fresh catalogue of exploits."),
        }
        for key, (value, text) in known.items():
            if value is not None:
                yield Line(text=text, place=self._at(f"unknowns.{key}"))
        yield Line(text="Any other value that nobody knows meets every rule that asks.", place="")

    def priorities(self) -> Iterator[Line]:
        for row in self.policy.priorities:
            text = f"{row.priority} {row.title}: {match_words(row.match)}."
            yield Line(text=text, place=str(row.place))
        yield Line(
            text=f"{LAST_PRIORITY}: all others. The first row that matches counts.", place=""
        )

    def rules(self) -> Iterator[Line]:
        for rule in self.policy.rules:
            yield Line(text=self._rule(rule), place=str(rule.place))

    def _rule(self, rule: Rule) -> str:
        fails = rule.effect_for(self.environment) == "fail"
        parts = [f"{rule.id} {rule.title}.", f"{'FAILS' if fails else 'warns'} on"]
        parts.append(f"{match_words(rule.match)}.")
        if fails and rule.grace is not None:
            since = rule.grace.since.replace("_", " ")
            only = match_words(rule.grace.only_if)
            parts.append(f"Grace: {rule.grace.days} days from {since}, for {only}.")
        if fails:
            who = f"by {listed(rule.exception_roles)}" if rule.exception_roles else "none possible"
            parts.append(f"Exceptions: {who}.")
        if rule.controls:
            parts.append(f"Controls: {', '.join(rule.controls)}.")
        return " ".join(parts)

    def clocks(self) -> Iterator[Line]:
        said = self.policy.clocks
        if said is None:
            yield Line(text="No days are set.", place="")
            return
        days = ", ".join(f"{name} {said.days[name]} days" for name in PRIORITIES)
        start = said.clock.replace("_", " ")
        yield Line(text=f"{days}, from {start}.", place=self._at("sla.days", "sla"))
        text = "A known exploit has the earlier of these and the catalogue's due date."
        yield Line(text=text, place=self._at("sla.kev_due_date", "sla"))

    def budgets(self) -> Iterator[Line]:
        for one in self.policy.budgets:
            if self.environment in one.environments:
                verb = "FAILS" if one.effect == "fail" else "warns"
                text = f"{one.id} {one.title}. {verb} at {one.limit} {_COUNTED[one.count]}."
                yield Line(text=text, place=str(one.place))

    def exceptions(self) -> Iterator[Line]:
        terms = self.policy.terms
        counts = {name: terms.approvals_for(name) for name in PRIORITIES}
        needed = ", ".join(f"{name} {count}" for name, count in counts.items())
        yield Line(text=f"Approvals: {needed}.", place=self._at("exceptions.approvals"))
        days = ", ".join(f"{name} {terms.max_days[name]} days" for name in PRIORITIES)
        yield Line(text=f"At the most: {days}.", place=self._at("exceptions.max_days"))
        text = f"A file covers at most {terms.max_matches} findings, unless it says otherwise."
        yield Line(text=text, place=self._at("exceptions.max_matches_default"))
        yield Line(text=self._unused(), place=self._at("exceptions.unused", "exceptions"))
        ends = "known exploited, or more severe than approved"
        ends += ", or fixable where it was approved without a fix" * terms.void_when_fixable
        yield Line(text=f"It ends by itself when {ends}.", place=self._at("exceptions.void_if"))
        for each in self.policy.exceptions:
            target = each.vulnerability or f"match_key {each.match_key}"
            text = f"{each.id}: {target} from {listed(each.rules)} {self._until(each.expires)}."
            yield Line(text=text, place=str(each.place))
        for bad in self.policy.bad_exceptions:
            yield Line(text=f"{bad.id} excepts nothing: {bad.reason}", place=str(bad.place))

    def _unused(self) -> str:
        terms = self.policy.terms
        text = f"One that matches nothing is a warning after {terms.unused_warn_after_days} days"
        fails = terms.unused_fail_after_days
        return f"{text} and FAILS after {fails}." if fails is not None else f"{text}."

    def roles(self) -> Iterator[Line]:
        known = self.policy.roles
        if known is None:
            yield Line(text="There is no roles.yaml: nobody can approve an exception.", place="")
            return
        for name in known.members:
            yield Line(text=_role(known, name), place=str(known.places.get(name, "")))

    def report_only(self) -> Iterator[Line]:
        until = self.policy.report_only_until.get(self.environment)
        if until is not None:
            word = "are warnings until" if self.today < until else "fail again since"
            place = self._at(f"report_only_until.{self.environment}")
            yield Line(text=f"Breaches {word} {until}; gaps stay gaps.", place=place)
        if self.policy.protected_refs:
            branches = listed(self.policy.protected_refs)
            text = f"A base commit has to be of {branches}."
            yield Line(text=text, place=self._at("protected_refs"))

    def signing(self) -> Iterator[Line]:
        text = f"A verdict is signed for {self.policy.signed_within_hours} hours."
        yield Line(text=text, place=self._at("signing.max_age_hours"))
        if self.policy.rekor_down == "key":
            text = (
                "Where the transparency log does not answer, a key may sign, and nothing is logged."
            )
            yield Line(text=text, place=self._at("signing.rekor_down"))


def _role(known: Roles, name: str) -> str:
    members = known.members[name]
    people = "everybody" if "*" in members else listed(members, "and") or "nobody"
    can = listed(tuple(word.replace("_", " ") for word in known.can[name]), "and") or "do nothing"
    return f"{name}: {people} can {can}."
