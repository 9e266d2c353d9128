"""Laws about feeds: knowing less never makes a verdict better."""

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.artifact import Feed
from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason
from pipeline.policy.model import Policy
from tests.support.judging import FRESH, feed, package, policy, verdict

ORDER: Final = ("PASS", "WARN", "INCONCLUSIVE", "FAIL")
STATES: Final[dict[str, dict[str, Any] | None]] = {
    "fresh": {},
    "missing": None,
    "broken": None,
    "stale": {"updated": "2026-01-01T00:00:00Z"},
    "stale though fetched": {"updated": "2026-01-01T00:00:00Z", "fetched": FRESH},
    "of tomorrow": {"updated": "2026-12-25T00:00:00Z"},
    "an excerpt": {"excerpt": True},
}
RULES: Final = """
  - {id: R-KEV, title: a, match: {kev: true}, effect: fail}
  - {id: R-NOT, title: b, match: {kev: false, severity: [critical]}, effect: warn}
  - {id: R-EPSS, title: c, match: {epss: {gte: 0.5}}, effect: fail}
  - {id: R-HIGH, title: d, match: {severity: [critical, high]}, effect: fail,
     grace: {days: 7, from: advisory_published, only_if: {kev: false}}}
"""


def asking(kev: str, epss: str, unknowns: str) -> Policy:
    kevs = f"kev: {{required: {kev}, max_age_hours: 96}}"
    scores = f"epss: {{required: {epss}, max_age_hours: 96}}"
    evidence = f"{{enrichment: {{{kevs}, {scores}}}}}"
    return policy(rules=RULES, unknowns=unknowns, evidence=evidence)


POLICIES: Final = {
    (kev, epss, unknowns): asking(kev, epss, unknowns)
    for kev in ("true", "false")
    for epss in ("true", "false")
    for unknowns in ("{}", "{kev: no_match, epss: no_match}")
}
findings = st.lists(
    st.builds(
        lambda number, fields: package(f"p{number}", **fields),
        st.integers(0, 9),
        st.fixed_dictionaries(
            {
                "kev": st.sampled_from([None, True, False]),
                "epss": st.sampled_from([None, 0.1, 0.9]),
                "severity": st.sampled_from(["critical", "high", "low"]),
                "advisory_published": st.sampled_from([None, "2026-11-24", "2026-01-01"]),
                "withdrawn": st.sampled_from([None, "2026-11-24"]),
            }
        ),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
states = st.fixed_dictionaries({n: st.sampled_from(list(STATES)) for n in ("kev", "epss")})


def judged(judged_by: Policy, found: list[Finding], known: dict[str, str]) -> str:
    feeds: list[Feed] = []
    faults: list[Gap] = []
    for name, state in known.items():
        fields = STATES[state]
        if fields is not None:
            feeds.append(feed(name=name, **fields))
        elif state == "broken":
            faults.append(Gap(stage=None, target=name, reason=GapReason.FEED_BROKEN, detail="x"))
    said = verdict(judged_by, *found, feeds=tuple(feeds), feed_faults=tuple(faults))
    return said.verdict.value


FRESH_FEEDS: Final = {"kev": "fresh", "epss": "fresh"}


@given(st.sampled_from(sorted(POLICIES)), findings, states)
def test_a_feed_that_cannot_speak_never_makes_a_verdict_better(
    asked: tuple[str, str, str], found: list[Finding], known: dict[str, str]
) -> None:
    whole = judged(POLICIES[asked], found, FRESH_FEEDS)
    less = judged(POLICIES[asked], found, known)
    # A feed that nobody requires and nobody has leaves what findings already say as it is.
    assert ORDER.index(less) >= ORDER.index(whole)


@given(st.sampled_from(sorted(POLICIES)), findings, states)
def test_a_required_feed_that_cannot_speak_never_lets_anything_pass(
    asked: tuple[str, str, str], found: list[Finding], known: dict[str, str]
) -> None:
    required = dict(zip(("kev", "epss"), asked[:2], strict=True))
    if any(required[name] == "true" and state != "fresh" for name, state in known.items()):
        assert judged(POLICIES[asked], found, known) in {"INCONCLUSIVE", "FAIL"}
