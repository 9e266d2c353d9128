"""How explanations are written."""

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from pipeline.cli.explain import filing, plan, view
from pipeline.model.finding import Finding, Kind, SeverityClaim
from pipeline.model.gap import GapClass, GapReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision, Unanswered
from pipeline.policy.explaining.actions import (
    Approval,
    Blocked,
    Except,
    Plan,
    Upgrade,
    Way,
    Ways,
)
from pipeline.policy.explaining.bumps import mend
from pipeline.policy.explaining.explanation import (
    Explanation,
    Input,
    PriorityGiven,
    RuleCount,
    RuleTried,
    VerdictExplanation,
)
from pipeline.policy.explaining.gap_help import HELP
from tests.support import records

BUNDLE = "a folder/it's"
EXCEPT = Except(
    vulnerability="CVE-2026-1",
    purl="pkg:pypi/a@1",
    artifact=None,
    match_key=None,
    rules=("GATE-002",),
    findings=("3",),
    max_matches=1,
    days=30,
    priority="P1",
    approval=Approval(needed=2, roles=(("security", "ciso"),), holders=("a@x", "b@x")),
    supersedes="EX-1",
)
PLAN = Plan(
    actions=(
        Upgrade(
            package="pkg:npm/lodash",
            versions=("4.17.20",),
            to="4.17.21",
            targets=("web/package-lock.json",),
            commands=("npm install lodash@4.17.21  (in web)",),
            findings=("1", "2"),
        ),
        EXCEPT,
    ),
    blocked=(Blocked(finding="4", name="CVE-2026-2", place="pkg:pypi/b@1", why="R allows none"),),
    smallest=True,
    after=Decision.FAIL,
    passes=False,
    unanswered=(),
    budgets=(),
    report_only_until=None,
)


GAP = Unanswered(
    stage="pip-audit",
    target="requirements.txt",
    gap_class=GapClass.EVIDENCE,
    reason=GapReason.UNPINNED,
)


ALLOWED = Unanswered(
    stage="semgrep",
    target="vendor/**",
    gap_class=GapClass.EVIDENCE,
    reason=GapReason.EXCLUDED,
    detail="2 files are left out; allowed until 2027-01-01, dave@example.com: a copy of others",
)


def rule(ident: str, *, roles: tuple[str, ...] = ("security",)) -> RuleTried:
    return RuleTried(
        id=ident,
        title="No high",
        place="policies/gate.yaml:9:5",
        controls=("PCI-6.3.3",),
        outcome="fail",
        certain=True,
        assumed=(),
        fields=(),
        grace=None,
        exceptions=(),
        exception_roles=roles,
    )


def explained(found: Finding, *rules: RuleTried, ways: Ways | None = None) -> str:
    return view.finding(
        Explanation(
            finding=found,
            disagreement=False,
            assumed=(),
            priority=PriorityGiven(priority="P1", title="High", place=""),
            rules=rules,
            exceptions=(),
            upgrade="",
            ways=ways or Ways(),
        ),
        "text",
        Path("out/evidence"),
    )


def filed(*rules: str, cve: str | None = None) -> Except:
    found = (records.sast().id,)
    return msgspec.structs.replace(EXCEPT, rules=rules, vulnerability=cve, findings=found)


def unfolded(shown: str) -> str:
    """Read the lines of a command as a shell does."""
    return re.sub(r" \\\n +", " ", shown)


def test_an_exception_is_told_with_its_people_and_the_command_that_files_it() -> None:
    found = records.sast()
    way = Way(actions=(filed("R-1"),), left=("BUD-1",))
    shown = explained(found, rule("R-1"), ways=Ways(excepting=way))
    assert "or except" in shown
    assert "approved by 2 of security or ciso: a@x, b@x" in shown
    assert "then BUD-1 still fails" in shown
    command = f"penstock exception new {found.id[:12]} --rule R-1 --days 30 --bundle out/evidence"
    assert command in unfolded(shown)


def test_each_of_several_exceptions_has_a_command_of_its_own() -> None:
    way = Way(actions=(filed("R-1", cve="CVE-2026-1"), filed("R-2", cve="CVE-2026-2")), left=())
    shown = explained(records.sast(), rule("R-1"), rule("R-2"), ways=Ways(excepting=way))
    assert "and except CVE-2026-2" in shown
    assert "--vulnerability CVE-2026-1 --rule R-1" in unfolded(shown)
    assert "--vulnerability CVE-2026-2 --rule R-2" in unfolded(shown)


def test_no_exception_is_offered_where_none_holds() -> None:
    shown = explained(records.sast(), rule("R-1"), ways=Ways(no_exception="R-1 allows none"))
    assert "no exception holds: R-1 allows none" in shown
    assert "exception new" not in shown


def test_what_an_exception_has_to_name_is_shown() -> None:
    found = records.sast()
    assert f"match_key  {found.match_key}" in explained(found, rule("R-1"))


def test_the_controls_of_a_failing_rule_are_shown() -> None:
    assert "PCI-6.3.3" in explained(records.sast(), rule("R-1"))


def test_a_secret_is_to_be_revoked() -> None:
    found = msgspec.structs.replace(records.sast(), kind=Kind.SECRET)
    ways = Ways(mending=Way(actions=(mend(found),), left=()))
    assert "revoke it" in explained(found, rule("R-1"), ways=ways)


@pytest.fixture
def whole() -> str:
    counts = [
        RuleCount(id=ident, title="T", place="p", breaches=n, warnings=0, grace=0, excepted=0)
        for ident, n in (("A", 1), ("LONGER-ID", 12))
    ]
    severities = dict.fromkeys((Severity.LOW, Severity.MEDIUM, Severity.CRITICAL), 1)
    return view.verdict(
        VerdictExplanation(
            verdict=Decision.FAIL,
            policy="mine",
            digest="sha256:0",
            rules=tuple(counts),
            severities=severities,
            assumed={},
            uncertain=0,
            unanswered=(GAP,),
            tolerated=(ALLOWED,),
            help={reason: HELP[reason] for reason in (GapReason.UNPINNED, *GapReason)},
            budgets=(),
            exceptions=(),
            inputs=(
                Input(name="policy", digest="sha256:" + "a" * 64, note="wheel"),
                Input(
                    name="feed kev", digest="sha256:" + "b" * 64, note="2026.11.20 of 2026-11-20"
                ),
            ),
            plan=PLAN,
        ),
        "text",
        Path(BUNDLE),
        {"1", "2", "3"},
    )


def test_the_worst_severity_is_named_first(whole: str) -> None:
    assert "1 critical, 1 medium, 1 low" in whole


def test_the_columns_of_the_rules_line_up_with_each_title_below(whole: str) -> None:
    lines = whole.partition("RULES\n")[2].splitlines()[:4]
    assert [line.split() for line in lines] == [
        ["A", "1", "breach", "p"], ["T"], ["LONGER-ID", "12", "breaches", "p"], ["T"],
    ]  # fmt: skip
    assert lines[0].index(" p") == lines[2].index(" p")


def test_what_has_to_be_done_is_told_with_commands_and_people(whole: str) -> None:
    shown = whole.partition("TO PASS")[2]
    assert "upgrade npm/lodash 4.17.20 -> 4.17.21  removes 2 findings" in shown
    assert "npm install lodash@4.17.21  (in web)" in shown
    assert "except CVE-2026-1 in pkg:pypi/a@1 from GATE-002" in shown
    assert "at most 30 days (P1), renews EX-1" in shown
    assert "approved by 2 of security or ciso: a@x, b@x" in shown
    assert "cannot pass: CVE-2026-2 in pkg:pypi/b@1: R allows none" in shown
    assert shown.rstrip().endswith("after 2 actions: FAIL")
    assert max(map(len, shown.splitlines())) <= 80


def test_the_command_of_an_exception_can_be_copied_into_a_shell(whole: str) -> None:
    command = next(line for line in unfolded(whole).splitlines() if "exception new" in line)
    assert shlex.split(command) == [
        *("penstock", "exception", "new", "3", "--vulnerability", "CVE-2026-1"),
        *("--rule", "GATE-002", "--days", "30", "--bundle", BUNDLE),
    ]


def test_an_exception_of_the_same_target_is_renewed() -> None:
    action = msgspec.structs.replace(EXCEPT, same=True)
    assert filing.command(action, Path(".penstock"), ()) == (
        *("penstock", "exception", "renew", "EX-1", "--days", "30"),
    )


def test_what_is_in_no_evidence_yet_is_filed_later() -> None:
    lines = plan.lines(msgspec.structs.replace(PLAN, actions=(EXCEPT,)), Path(BUNDLE), ())
    assert "run again" in "".join(lines)


@pytest.mark.parametrize(
    ("passes", "smallest", "doubt"),
    [
        (True, True, ""),
        (True, False, " (there may be a smaller set)"),
        (False, True, ""),
        (False, False, " (there may be a way not tried)"),
    ],
)
def test_what_was_not_tried_is_admitted(passes: bool, smallest: bool, doubt: str) -> None:  # noqa: FBT001
    told = msgspec.structs.replace(PLAN, passes=passes, smallest=smallest)
    assert list(plan.lines(told, Path(BUNDLE), ()))[-1].endswith(f": FAIL{doubt}")


def test_each_missing_answer_is_told_with_what_to_do(whole: str) -> None:
    shown = whole.partition("NOT ANSWERED")[2]
    assert "unpinned (evidence)  pip-audit: requirements.txt" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "unpinned          commit a lock file" in shown


def test_what_the_policy_lets_go_unanswered_is_told_with_who_and_until_when(whole: str) -> None:
    shown = " ".join(whole.partition("TOLERATED")[2].split())
    assert "excluded (evidence) semgrep: vendor/**" in shown
    assert "allowed until 2027-01-01, dave@example.com: a copy of others" in shown


def test_what_the_verdict_rests_on_is_told_with_digests(whole: str) -> None:
    shown = whole.partition("INPUTS")[2]
    assert f"policy    sha256:{'a' * 12}  wheel" in shown
    assert f"feed kev  sha256:{'b' * 12}  2026.11.20 of 2026-11-20" in shown


def test_a_finding_fits_the_width_of_a_terminal() -> None:
    vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
    claim = SeverityClaim(source="ghsa", value=Severity.HIGH, vector=vector, score=9.3)
    found = msgspec.structs.replace(records.sast(), title="word " * 40, severities=(claim,) * 3)
    shown = explained(found, msgspec.structs.replace(rule("R-1"), title="No " * 40))
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("ghsa -> high 9.3") == 3


def test_a_base_commit_is_shown_as_far_as_git_needs_it() -> None:
    placed = msgspec.structs.replace(rule("R-1"), place=f"base:{'7d51abed' * 5}:gate.yaml:3:5")
    shown = explained(records.sast(), placed)
    assert "base:7d51abed7d51:gate.yaml:3:5" in shown
    assert "7d51abed" * 2 not in shown
