"""The smallest set of actions, held against every smaller one that other means can think of."""

from collections.abc import Iterator
from itertools import chain, combinations
from math import comb
from typing import Final, TypeAlias

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipeline.model.approval import Signature
from pipeline.model.severity import Severity
from pipeline.policy.case import Case
from pipeline.policy.explaining.actions import (
    ORDER,
    Action,
    Approval,
    Approve,
    Except,
    Mend,
    Remove,
    Upgrade,
)
from pipeline.policy.explaining.enact import enact
from pipeline.policy.explaining.exact import search
from pipeline.policy.explaining.possible import possible
from pipeline.policy.explaining.to_pass import plan
from pipeline.policy.judging.exceptions import apply
from pipeline.policy.judging.gate import judge, matcher_of
from pipeline.policy.purl import at_version, unversioned, version_of
from tests.support.judging import case, code, exception, package, policy

ROLES: Final = b"""apiVersion: penstock/v1
kind: Roles
roles:
  security: {members: [a@example.com], can: [approve_exception]}
  ciso: {members: [b@example.com, c@example.com], can: [approve_exception]}
"""
PEOPLE: Final = {"security": ("a@example.com",), "ciso": ("b@example.com", "c@example.com")}
RULES: Final = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail,
     exception_roles: [security, ciso]}
  - {id: R-CRITICAL, title: b, match: {severity: [critical]}, effect: fail,
     exception_roles: [WHO]}
"""
ROLES_OF: Final = {"R-HIGH": ("security", "ciso"), "R-CRITICAL": ()}
ACTIVE: Final = "{id: B-ACTIVE, title: few, count: exceptions_active, lt: N, effect: fail}"
RENEWED: Final = "{id: B-RENEWED, title: few, count: exceptions_renewed_gt_2, lt: 1, effect: fail}"
RAW: Final = "{id: B-RAW, title: few, count: findings_critical_raw, lt: 1, effect: fail}"
TERMS: Final = "{approvals: WHO, unused: {warn_after_days: 1, fail_after_days: 5}}"
TRIED: Final = 3000
Drawn: TypeAlias = tuple[Case, tuple[str, ...]]
packages: Final = st.builds(
    package,
    st.sampled_from(["a", "b"]),
    st.just("1"),
    cve=st.sampled_from(["CVE-2026-1", "CVE-2026-2"]),
    target=st.sampled_from(["one.txt", "two.txt"]),
    severity=st.sampled_from([Severity.HIGH, Severity.HIGH, Severity.CRITICAL, Severity.LOW]),
    fix_versions=st.sampled_from([None, (), ("2",), ("3",)]),
    kev=st.sampled_from([False, False, False, True]),
)
found: Final = st.lists(
    packages | st.builds(code, st.sampled_from(["sql", "shell"])),
    max_size=4,
    unique_by=lambda one: one.id,
)


@st.composite
def cases(draw: st.DrawFn) -> Drawn:
    """Draw a case, and the roles that may except from R-CRITICAL."""
    findings = draw(found)
    texts, signatures = {}, []
    vulnerable = [one for one in findings if one.purl]
    some = draw(st.lists(st.sampled_from(vulnerable), max_size=3)) if vulnerable else []
    for number, one in enumerate(some):
        ended = draw(st.sampled_from([False, False, True]))
        texts[f"exceptions/EX-{number}.yaml"] = exception(
            f"EX-{number}",
            target=f"{{vulnerability: {one.rule}, purl: '{one.purl}'}}",
            rules=draw(st.sampled_from(["[R-HIGH]", "[R-HIGH, R-CRITICAL]"])),
            max_matches=draw(st.sampled_from(["1", "9"])),
            created="2026-11-19",
            expires="2026-11-24" if ended else "2026-11-27",
        )
        signatures += [
            Signature(exception=f"EX-{number}", principal=who, key=f"SHA256:{who}", state="good")
            for who in draw(st.sampled_from([(), PEOPLE["ciso"]]))
        ]
    limit = draw(st.integers(1, 3))
    budgets = draw(st.sets(st.sampled_from([ACTIVE.replace("N", str(limit)), RENEWED, RAW])))
    who = draw(st.sampled_from([(), ("ciso",), ("security",)]))
    approvals = draw(st.sampled_from(["{default: 0}", "{default: 1}", "{P0: 2, default: 1}"]))
    judged_by = policy(
        {**texts, "roles.yaml": ROLES},
        rules=RULES.replace("[WHO]", f"[{', '.join(who)}]"),
        budgets=f"[{', '.join(sorted(budgets))}]",
        exceptions=TERMS.replace("WHO", approvals),
    )
    return case(judged_by, *findings, signatures=tuple(signatures)), who


def every_upgrade(judged: Case) -> Iterator[Upgrade]:
    """Yield each version of each package, in the places that fail now or would without files."""
    now = {one.finding for one in judge(judged).verdict.breaches}
    bad = [one for one in judged.findings if one.purl and one.severity is not Severity.LOW]
    fixable = [one for one in bad if one.fix_versions]
    for some in (fixable, [one for one in fixable if one.id in now]):
        for package_name, to in {
            (unversioned(str(one.purl)), to) for one in some for to in one.fix_versions or ()
        }:
            mine = [one for one in some if unversioned(str(one.purl)) == package_name]
            places = {one.target for one in mine}
            mended = [
                one.id
                for one in judged.findings
                if one.purl
                and unversioned(one.purl) == package_name
                and one.target in places
                and one.fix_versions
                and version_of(one.purl) < min(one.fix_versions) <= to
            ]
            yield Upgrade(
                package=package_name,
                versions=("1",),
                to=to,
                targets=tuple(sorted(places)),
                commands=(),
                findings=tuple(sorted(mended)),
            )


def every_exception(
    targets: set[tuple[str, str]], codes: set[str], who: tuple[str, ...]
) -> Iterator[Except]:
    """Yield each target with each selection of rules, signed by as many people as there are."""
    named: list[tuple[str | None, str | None, str | None]] = [
        *((cve, purl, None) for cve, purl in sorted(targets)),
        *((None, None, key) for key in sorted(codes)),
    ]
    selections: list[tuple[str, ...]] = [("R-HIGH",)]
    if who:
        selections += [("R-CRITICAL",), ("R-CRITICAL", "R-HIGH")]
    for cve, purl, key in named:
        for rules in selections:
            people = {name for role in who for name in PEOPLE[role]}
            if rules == ("R-HIGH",):
                people = {name for names in PEOPLE.values() for name in names}
            yield Except(
                vulnerability=cve,
                purl=purl,
                artifact=None,
                match_key=key,
                rules=rules,
                findings=(),
                max_matches=9,
                days=7,
                priority="P0",
                approval=Approval(needed=len(people), roles=(), holders=tuple(sorted(people))),
                supersedes=None,
            )


def every_action(judged: Case, who: tuple[str, ...]) -> list[Action]:
    """List all that could be done, by other means than the search."""
    codes = [one for one in judged.findings if one.purl is None]
    upgrades = list(dict.fromkeys(every_upgrade(judged)))
    targets = {(one.rule, str(one.purl)) for one in judged.findings if one.purl}
    for upgrade in upgrades:
        targets |= {
            (rule, at_version(purl, upgrade.to))
            for rule, purl in targets
            if unversioned(purl) == upgrade.package
        }
    files = judged.policy.exceptions
    everybody = tuple(sorted(chain.from_iterable(PEOPLE.values())))
    may = Approval(needed=3, roles=(), holders=everybody)
    return [
        *upgrades,
        *(Mend(finding=one.id, rule=one.rule, place="", what="") for one in codes),
        *(Approve(exception=one.id, place="", findings=(), approval=may) for one in files),
        *every_exception(targets, {one.match_key for one in codes}, who),
        *(
            Remove(exception=one.id, place=str(one.place), why="")
            for one in files
            if one.expires > judged.today
        ),
    ]


def passes(judged: Case, actions: tuple[Action, ...]) -> bool:
    return not judge(enact(judged, actions)).verdict.breaches


@settings(max_examples=80, deadline=None)
@given(cases())
def test_what_is_promised_holds_and_nothing_smaller_does(
    drawn: Drawn,
) -> None:
    judged, who = drawn
    told = plan(judged)
    after = judge(enact(judged, told.actions)).verdict
    assert after.verdict is told.after
    assert told.passes is (not after.breaches)
    event(f"{len(told.actions)} actions, passes: {told.passes}")
    assert told.smallest
    assert told.passes or told.blocked
    every = sorted(every_action(judged, who), key=lambda one: ORDER.index(type(one)))
    most = len(told.actions) - 1 if told.passes else len(every)
    tried = 0
    for size in range(most + 1):
        tried += comb(len(every), size)
        if tried > TRIED:
            event("too many to hold it against all")
            return
        assert not any(passes(judged, some) for some in combinations(every, size))


def test_a_set_is_judged_once_for_all_sizes_so_that_eleven_choices_are_all_tried() -> None:
    lasting = package("a", "1", cve="CVE-2026-2", severity=Severity.CRITICAL)
    other = package("a", "1", cve="CVE-2026-1", severity=Severity.CRITICAL)
    files = {
        f"exceptions/EX-{number}.yaml": exception(
            f"EX-{number}",
            target=f"{{vulnerability: CVE-2026-2, purl: '{lasting.purl}'}}",
            rules="[R-HIGH]",
            max_matches="1",
            created="2026-11-19",
            expires="2026-11-27",
        )
        for number in range(3)
    }
    judged_by = policy(
        {**files, "roles.yaml": ROLES},
        rules=RULES.replace("[WHO]", "[ciso]"),
        budgets=f"[{RENEWED}]",
        exceptions=TERMS.replace("WHO", "{default: 0}"),
    )
    assert plan(case(judged_by, code("sql"), lasting, other)).smallest


def test_an_exception_that_holds_again_for_fewer_is_found_by_the_search() -> None:
    high = package(target="one.txt", fix_versions=())
    exploited = package(target="two.txt", fix_versions=("3",), kev=True)
    judged = case(policy({"exceptions/EX-1.yaml": exception()}), high, exploited)
    before = judge(judged)
    applied = apply(judged, matcher_of(judged).weigh(before.findings))
    listed = possible(judged, before, applied).actions
    choices = [one for one in listed if not isinstance(one, Except)]
    (action,) = search(judged, choices, None).actions or ()
    assert isinstance(action, Upgrade)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_search_by_itself_finds_what_trying_everything_finds(drawn: Drawn) -> None:
    judged, _ = drawn
    before = judge(judged)
    applied = apply(judged, matcher_of(judged).weigh(before.findings))
    choices = sorted(
        possible(judged, before, applied).actions, key=lambda one: ORDER.index(type(one))
    )
    answer = search(judged, choices, None)
    assert answer.complete
    most = len(choices) if answer.actions is None else len(answer.actions) - 1
    if answer.actions is not None:
        assert passes(judged, answer.actions)
        assert search(judged, choices, len(answer.actions) + 1).actions is not None
    tried = 0
    for size in range(most + 1):
        tried += comb(len(choices), size)
        if tried > TRIED // 3:
            return
        assert not any(passes(judged, some) for some in combinations(choices, size))
