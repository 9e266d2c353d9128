"""What holds for every policy, run and day; tests/mutants breaks the gate to see these fail."""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from pipeline.model.finding import Finding, Kind, State
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Exclusion
from pipeline.model.outcome import (
    Canary,
    Completed,
    Failed,
    Outcome,
    Skipped,
    SkipReason,
    StageEvidence,
)
from pipeline.model.severity import RANK, Confidence, Severity
from pipeline.model.verdict import Decision, ExceptionStatus
from pipeline.policy.judging.gate import Case, judge
from pipeline.policy.model import ENVIRONMENTS, Policy
from tests.support.judging import STAGES, case, code, exception, feed, package, policy, tool

RULES: Final = """
  - {id: R-P0, title: a, match: {priority: [P0]}, effect: fail}
  - id: R-HIGH
    title: b
    match: {kind: [sca], severity: [critical, high]}
    effect: fail
    grace: {days: 7, from: advisory_published, only_if: {kev: false, state: [existing]}}
  - {id: R-NEW, title: c, match: {kind: [sast], state: [new]}, effect: fail, effect_in: {pr: warn}}
  - {id: R-FIX, title: d, match: {fix_available: true, severity: [medium]}, effect: warn}
  - {id: R-LOW, title: e, match: {severity: [low], path: ['app/**']}, effect: warn}
"""
BUDGETS: Final = """
  - {id: B-EX, title: f, count: exceptions_active, lt: 3, effect: fail}
  - {id: B-RAW, title: g, count: findings_critical_raw, lt: 1, effect: fail, in: [weekly]}
"""
EVIDENCE: Final = """
  stages:
    semgrep: {required: always}
    image: {required: no, required_in: {release: always}}
    config: {required: no}
  allowed_exclusions:
    - {glob: 'gen/**', owner: dave, reason: it is generated, expires: 2026-11-27}
  tolerated_gaps:
    - {stage: semgrep, target: gen.py, owner: dave, reason: it is generated, expires: 2026-11-27}
"""
PACKAGES: Final = ("a", "b", "c")
CVES: Final = ("CVE-2026-1", "CVE-2026-2", "CVE-2026-3")
PATHS: Final = ("app/x.py", "lib/y.py")
ALL_RULES: Final = "[R-P0, R-HIGH, R-NEW, R-FIX, R-LOW]"
EXAMPLES: Final = int(os.environ.get("PENSTOCK_LAW_EXAMPLES", "60"))
"""More of them where the gate itself is on trial: tests/mutants sets it."""
MAKE = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

packages = st.builds(
    package,
    st.sampled_from(PACKAGES),
    st.sampled_from(["1", "2"]),
    cve=st.sampled_from(CVES),
    target=st.sampled_from(["one.txt", "two.txt"]),
    severity=st.sampled_from([*Severity, Severity.HIGH, Severity.HIGH]),
    kev=st.sampled_from([False, False, False, None, True]),
    state=st.sampled_from([State.EXISTING, State.EXISTING, State.NEW, State.UNKNOWN]),
    fix_versions=st.sampled_from([None, (), ("9",)]),
    advisory_published=st.sampled_from([None, "2026-11-01", "2026-11-22", "2026-11-22"]),
)
sources = st.builds(
    code,
    st.sampled_from(["sql", "shell"]),
    kind=st.sampled_from([Kind.SAST, Kind.IAC, Kind.SECRET]),
    target=st.sampled_from(PATHS),
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    state=st.sampled_from(State),
    fingerprint=st.sampled_from(["f", "g"]),
)
LOW: Final = code(severity=Severity.LOW, target="lib/y.py", state=State.EXISTING)
findings = st.lists(packages | sources, max_size=6, unique_by=lambda one: one.id)


@st.composite
def exceptions(draw: st.DrawFn, found: list[Finding]) -> list[bytes]:
    """Make exceptions from the findings, so that they meet; now and then a field is off."""
    texts = []
    for number, one in enumerate(draw(st.lists(st.sampled_from(found), max_size=4))):
        if one.purl is None:
            target = f"{{match_key: {one.match_key}}}"
        else:
            target = f"{{vulnerability: {one.rule}, purl: '{one.purl}'}}"
        texts.append(
            exception(
                f"EX-{number}",
                target=draw(
                    st.sampled_from([target, target, target, f"{{match_key: {'0' * 32}}}"])
                ),
                rules=draw(st.sampled_from([ALL_RULES, ALL_RULES, "[R-HIGH]"])),
                expires=draw(st.sampled_from(["2026-12-10", "2026-11-27", "2026-11-26"])),
                approved_at_severity=draw(st.sampled_from([None, "high", "low"])),
                max_matches=draw(st.sampled_from(["1", "5"])),
                ticket=draw(st.sampled_from(["SEC-1", "SEC-2", "''"])),
            )
        )
    return texts


def compiled(texts: list[bytes], approvals: str, report_only: str) -> Policy:
    return policy(
        {f"exceptions/EX-{n}.yaml": text for n, text in enumerate(texts)},
        rules=RULES,
        budgets=BUDGETS,
        evidence=EVIDENCE,
        report_only_until=report_only,
        exceptions=f"{{approvals: {approvals}, max_days: {{P0: 30}}}}",
    )


def gaps_of(stage: str) -> st.SearchStrategy[Gap]:
    return st.builds(
        Gap,
        stage=st.just(stage),
        target=st.sampled_from(["gen.py", "a.py", None]),
        reason=st.sampled_from(
            [GapReason.PARSE_ERROR, GapReason.NO_RULES, GapReason.DIGEST_MISMATCH]
        ),
    )


FAULTS: Final = (
    "absent", "gaps", "failed", "skipped", "canary", "sum", "feed", "tool", "excluded",
)  # fmt: skip
FEEDS: Final = (
    feed(updated="2026-11-01T00:00:00Z"),
    feed(updated="2026-12-01T00:00:00Z"),
    feed(excerpt=True),
)
WELL: Final = Completed(asked=4, answered=4, gaps=(), canary=Canary.FOUND)


@st.composite
def faulty(draw: st.DrawFn, stage: str, fault: str) -> StageEvidence:
    """Make a stage's evidence with one thing wrong or at least strange."""
    outcome: Outcome = WELL
    used, with_tool = feed(), tool()
    excluded: tuple[Exclusion, ...] = ()
    match fault:
        case "gaps":
            gaps = tuple(draw(st.lists(gaps_of(stage), min_size=1, max_size=2, unique=True)))
            named = len({one.target for one in gaps if one.target})
            outcome = msgspec.structs.replace(WELL, answered=4 - named, gaps=gaps)
        case "failed":
            outcome = Failed(asked=4, reason=GapReason.TIMEOUT, message="m")
        case "skipped":
            why = draw(st.sampled_from(SkipReason))
            asked = draw(st.sampled_from([0, 4]))
            outcome = Skipped(why=why, asked=asked, inventory="sha256:1")
        case "canary":
            outcome = msgspec.structs.replace(WELL, canary=Canary.MISSED)
        case "sum":
            outcome = msgspec.structs.replace(WELL, answered=draw(st.sampled_from([0, 3, 5])))
        case "feed":
            used = draw(st.sampled_from(FEEDS))
        case "tool":
            with_tool = tool(locked=False)
        case "excluded":
            glob = draw(st.sampled_from(["gen/**", "docs/**"]))
            excluded = (Exclusion(path="p", by=glob),)
        case _:
            pass
    return StageEvidence(
        stage=stage, outcome=outcome, feeds=(used,), tools=(with_tool,), excluded=excluded
    )


@st.composite
def evidence(draw: st.DrawFn) -> tuple[StageEvidence, ...]:
    """Let every stage answer well, but for at most two: one fault more would hide another."""
    faults = draw(
        st.dictionaries(st.sampled_from(STAGES), st.sampled_from(FAULTS), min_size=0, max_size=2)
    )
    return tuple(
        draw(faulty(stage, faults.get(stage, "none")))
        for stage in STAGES
        if faults.get(stage) != "absent"
    )


@st.composite
def cases(draw: st.DrawFn, *, whole: bool = False, mild: bool = False) -> Case:
    """Make a case. `whole`: every question answered; `mild`: nothing that fails by itself."""
    found = draw(st.just([]) | st.just([LOW]) if mild else findings)
    texts = draw(exceptions(found)) if found else []
    judged_by = compiled(
        texts,
        draw(st.sampled_from(["{default: 0}", "{default: 0}", "{default: 0, P0: 1}"])),
        draw(st.sampled_from(["{}", "{}", "{}", "{pr: 2026-11-27}"])),
    )
    fields: dict[str, Any] = {}
    if not whole:
        fields["stages"] = draw(evidence())
        fields["gaps"] = draw(
            st.sampled_from([()] * 9 + [(Gap(stage=None, target=None, reason=GapReason.CLOCK),)])
        )
    return case(judged_by, *found, env=draw(st.sampled_from(ENVIRONMENTS)), **fields)


def owed(judged: Case) -> set[str]:
    """Name what is missing, by other means than the gate's own."""
    required = judged.policy.required(judged.environment)
    missing = {"run"} if judged.gaps else set()
    ended = {one.stage: one for one in judged.stages}
    for stage, how in required.items():
        if how == "no":
            continue
        if stage not in ended or not _whole(ended[stage], how, judged.now):
            missing.add(stage)
    return missing


def _whole(one: StageEvidence, how: str, now: datetime) -> bool:
    match one.outcome:
        case Skipped(why=SkipReason.NOT_APPLICABLE, asked=0):
            answered = how == "when_present"
        case Completed() as outcome:
            answered = outcome.canary is Canary.FOUND and outcome.answered == outcome.asked
            answered = answered and not outcome.gaps
            for used in one.feeds:
                age = now - datetime.fromisoformat(used.updated)
                fresh = timedelta(minutes=-10) <= age <= timedelta(hours=48)
                answered = answered and fresh and not used.excerpt
        case _:
            answered = False
    locked = all(each.locked for each in one.tools)
    in_view = all(each.by == "gen/**" for each in one.excluded)
    return answered and locked and in_view


@MAKE
@given(cases(mild=True))
def test_pass_means_that_every_required_question_was_answered(judged: Case) -> None:
    decision = judge(judged).verdict.verdict
    event(decision)
    if decision is Decision.PASS:
        assert owed(judged) == set()


@MAKE
@given(cases())
def test_what_is_missing_is_listed_whatever_the_verdict(judged: Case) -> None:
    said = judge(judged).verdict
    listed = {one.stage or "run" for one in (*said.unanswered, *said.tolerated)}
    warned = {one.message.partition(":")[0] for one in said.warnings if one.rule == "no_rules"}
    assert owed(judged) <= listed | warned
    if said.unanswered:
        assert said.verdict in (Decision.FAIL, Decision.INCONCLUSIVE)


@MAKE
@given(cases() | cases(mild=True), packages | sources)
def test_one_more_finding_never_helps(judged: Case, extra: Finding) -> None:
    assume(all(one.id != extra.id for one in judged.findings))
    judged = _silent_about_unused(judged)
    before = judge(judged).verdict
    after = judge(_with(judged, findings=(*judged.findings, extra))).verdict
    event(f"{before.verdict} then {after.verdict}")
    assert _badness(before.verdict) <= _badness(after.verdict)
    assert {(b.rule, b.finding) for b in before.breaches if b.finding} <= {
        (b.rule, b.finding) for b in after.breaches
    }


def _badness(decision: Decision) -> int:
    return ["PASS", "WARN", "INCONCLUSIVE", "FAIL"].index(decision)


def _with(judged: Case, **fields: object) -> Case:
    return msgspec.structs.replace(judged, **fields)


def _silent_about_unused(judged: Case) -> Case:
    """Make an exception that matches nothing no news: that warning looks at absence (ADR 4)."""
    terms = msgspec.structs.replace(
        judged.policy.terms, unused_warn_after_days=3660, unused_fail_after_days=None
    )
    return _with(judged, policy=msgspec.structs.replace(judged.policy, terms=terms))


@MAKE
@given(cases(), st.integers())
def test_order_never_matters(judged: Case, seed: int) -> None:
    def shuffled(many: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.Random(seed).sample(many, len(many)))

    rules = msgspec.structs.replace(
        judged.policy,
        rules=shuffled(judged.policy.rules),
        budgets=shuffled(judged.policy.budgets),
        exceptions=shuffled(judged.policy.exceptions),
    )
    other = _with(
        judged,
        policy=rules,
        findings=shuffled(judged.findings),
        stages=shuffled(judged.stages),
    )
    assert msgspec.json.encode(judge(judged)) == msgspec.json.encode(judge(other))


@MAKE
@given(cases(whole=True))
def test_judging_twice_is_judging_once(judged: Case) -> None:
    once = judge(judged)
    again = judge(_with(judged, findings=once.findings))
    assert again == once


@MAKE
@given(cases(whole=True), st.sampled_from(["2026-11-26", "2026-11-27", "2026-12-10"]))
def test_an_expired_exception_is_no_exception(judged: Case, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    late = _with(judged, now=now, stages=_fresh(judged, now))
    said = judge(late).verdict
    expired = {one.id for one in late.policy.exceptions if one.expires <= now.date()}
    assert {one.id for one in said.exceptions if one.status is ExceptionStatus.EXPIRED} == expired
    assert expired.isdisjoint(one.exception for one in said.excepted)
    kept = tuple(one for one in late.policy.exceptions if one.id not in expired)
    without = judge(_with(late, policy=msgspec.structs.replace(late.policy, exceptions=kept)))
    assert (said.verdict, said.breaches) == (without.verdict.verdict, without.verdict.breaches)
    event(f"{len(expired)} expired, {len(said.excepted)} excepted")


def _fresh(judged: Case, now: datetime) -> tuple[StageEvidence, ...]:
    fresh = (feed(updated=now.isoformat()),)
    return tuple(msgspec.structs.replace(one, feeds=fresh) for one in judged.stages)


@MAKE
@given(cases())
def test_nothing_that_meets_a_rule_is_lost(judged: Case) -> None:
    """Every hit is in exactly one of four lists; a warning stays one, grace and exceptions too."""
    said = judge(judged)
    verdict = said.verdict
    lists = [
        {(one.rule, one.finding) for one in verdict.breaches if one.finding},
        {(one.rule, one.finding) for one in verdict.warnings if one.finding},
        {(one.rule, one.finding) for one in verdict.grace},
        {(rule, one.finding) for one in verdict.excepted for rule in one.rules},
    ]
    assert sum(map(len, lists)) == len(set().union(*lists))
    high = {
        ("R-HIGH", one.id)
        for one in said.findings
        if one.kind is Kind.SCA and one.severity in ("high", "critical")
    }
    assert high <= set().union(*lists)
    event(f"{len(verdict.grace)} graced")


@MAKE
@given(cases(whole=True))
def test_an_exception_that_applies_is_in_force_in_every_respect(judged: Case) -> None:
    said = judge(judged)
    found = {one.id: one for one in said.findings}
    records = {one.id: one for one in said.verdict.exceptions}
    known = {one.id: one for one in judged.policy.exceptions}
    for entry in said.verdict.excepted:
        one, finding = known[entry.exception], found[entry.finding]
        assert records[one.id].status is ExceptionStatus.ACTIVE
        assert one.created <= judged.today < one.expires
        assert records[one.id].matches <= one.max_matches
        assert set(entry.rules) <= set(one.rules)
        assert not finding.kev
        assert finding.match_key == one.match_key or (
            finding.purl == one.purl and one.vulnerability in (finding.rule, *finding.aliases)
        )
        if one.approved_at_severity is not None:
            assert RANK[finding.severity] <= RANK[one.approved_at_severity]
        if finding.priority == "P0":
            assert judged.policy.terms.approvals_for("P0") == 0
    event(f"{len(said.verdict.excepted)} excepted")


@MAKE
@given(cases(whole=True))
def test_without_its_exceptions_no_run_is_better(judged: Case) -> None:
    """Whatever an exception hid stands there once it is gone."""
    bare = msgspec.structs.replace(judged.policy, exceptions=(), bad_exceptions=())
    said = judge(judged).verdict
    after = judge(_with(judged, policy=bare)).verdict
    shown = {(one.rule, one.finding) for one in (*after.breaches, *after.warnings)}
    assert {(rule, one.finding) for one in said.excepted for rule in one.rules} <= shown
    assert {(one.rule, one.finding) for one in said.breaches if one.finding} <= shown


@MAKE
@given(cases(), st.sampled_from(["kev", "unknown"]))
def test_worse_news_about_a_finding_never_helps(judged: Case, news: str) -> None:
    assume(judged.findings)
    judged = _silent_about_unused(judged)
    first, *rest = judged.findings
    changes: dict[str, Callable[[], Finding]] = {
        "kev": lambda: msgspec.structs.replace(first, kev=True),
        "unknown": lambda: msgspec.structs.replace(first, state=State.UNKNOWN, fix_versions=None),
    }
    before = _badness(judge(judged).verdict.verdict)
    after = judge(_with(judged, findings=(changes[news](), *rest))).verdict.verdict
    if not (news == "kev" and first.kind is not Kind.SCA):
        assert before <= _badness(after)
