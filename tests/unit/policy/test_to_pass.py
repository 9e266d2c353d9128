"""What has to be done, action by action, proven by the gate."""

from typing import Any, Final

import msgspec
import pytest

from pipeline.model.finding import Finding
from pipeline.model.severity import Severity
from pipeline.model.verdict import Decision
from pipeline.policy.explaining import exact
from pipeline.policy.explaining.actions import (
    Approval,
    Approve,
    Except,
    Mend,
    Rebuild,
    Remove,
    Upgrade,
)
from pipeline.policy.explaining.to_pass import plan
from pipeline.policy.model import Policy
from tests.support.judging import answers, case, code, exception, package, policy, with_exceptions

RULES: Final = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail}
  - {id: R-CLOSED, title: b, match: {severity: [critical]}, effect: fail, exception_roles: []}
"""
BUDGETS: Final = "[{id: B, title: few, count: exceptions_active, lt: 2, effect: fail}]"
TERMS: Final = "{approvals: {default: 0}, max_days: {P0: 30}}"


def test_an_exception_that_holds_again_after_an_upgrade_is_not_written_anew() -> None:
    judged_by = with_exceptions(exception())
    exploited = package(target="two.txt", fix_versions=("3",), kev=True)
    told = plan(case(judged_by, package(target="one.txt"), exploited))
    (upgrade,) = told.actions
    assert isinstance(upgrade, Upgrade)
    assert (told.passes, told.blocked) == (True, ())


def test_what_passes_needs_nothing() -> None:
    told = plan(case(policy()))
    assert (told.actions, told.blocked, told.after) == ((), (), Decision.PASS)


def test_one_upgrade_mends_several_findings_in_several_places() -> None:
    many = [
        package("jinja2", "2.10", cve=cve, target=target, fix_versions=fixes)
        for cve, fixes in (("CVE-1", ("2.11.3", "3.1.3")), ("CVE-2", ("3.1.6",)))
        for target in ("requirements.txt", "web/poetry.lock")
    ]
    told = plan(case(policy(), *many))
    (upgrade,) = told.actions
    assert isinstance(upgrade, Upgrade)
    assert upgrade.commands == (
        "edit requirements.txt: jinja2==3.1.6",
        "poetry add jinja2==3.1.6  (in web)",
    )
    assert told.passes


def test_answers_that_are_missing_stay_missing() -> None:
    told = plan(case(policy(), package(fix_versions=("3",)), stages=answers()[1:]))
    assert (told.after, told.passes) == (Decision.INCONCLUSIVE, True)
    assert [one.stage for one in told.unanswered] == ["semgrep"]


def test_what_has_no_fix_and_allows_no_exception_cannot_pass() -> None:
    closed = policy(rules=RULES)
    told = plan(case(closed, package(severity=Severity.CRITICAL, fix_versions=())))
    assert not told.passes
    assert [one.why for one in told.blocked] == ["R-CLOSED allows no exception"]


def test_a_full_budget_leaves_no_room() -> None:
    full = with_exceptions(exception(), budgets=BUDGETS.replace("lt: 2", "lt: 2"), exceptions=TERMS)
    second = package("other", "1", cve="CVE-2", fix_versions=())
    told = plan(case(full, package(fix_versions=()), second))
    assert not told.passes
    assert [one.name for one in told.blocked] == ["B"]


def test_an_idle_exception_makes_room() -> None:
    idle = with_exceptions(exception(), budgets=BUDGETS, exceptions=TERMS)
    told = plan(case(idle, package("other", "1", cve="CVE-2", fix_versions=())))
    assert [type(one) for one in told.actions] == [Except, Remove]
    assert told.passes


def test_nobody_may_approve_without_roles() -> None:
    told = plan(case(policy(exceptions="{approvals: {default: 1}}"), package(fix_versions=())))
    assert [one.why for one in told.blocked] == [
        "1 person of security must approve, and there is no roles.yaml"
    ]


def test_a_day_of_report_only_is_looked_behind() -> None:
    told = plan(case(policy(report_only_until="{pr: 2027-01-31}"), code()))
    assert told.report_only_until == "2027-01-31"
    assert [type(one) for one in told.actions] == [Mend]


ROLES: Final = b"""apiVersion: penstock/v1
kind: Roles
roles:
  security: {members: [a@example.com, erin@example.com, d@example.com], can: [approve_exception]}
  ciso: {members: [b@example.com], can: [approve_exception]}
"""
APPROVED: Final = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail,
     exception_roles: [security, ciso]}
"""


def with_roles(*texts: bytes, approvals: str = "{default: 1}", **sections: str) -> Policy:
    files = {f"exceptions/EX-{number}.yaml": text for number, text in enumerate(texts, 1)}
    terms = f"{{approvals: {approvals}}}"
    return policy({**files, "roles.yaml": ROLES}, rules=APPROVED, exceptions=terms, **sections)


def test_an_exception_that_lacks_signatures_is_to_be_approved_by_those_who_may() -> None:
    judged_by = with_roles(exception(), approvals="{default: 2}")
    told = plan(case(judged_by, package(), authors=(("EX-1", "d@example.com"),)))
    (action,) = told.actions
    assert isinstance(action, Approve)
    assert (action.exception, action.place) == ("EX-1", "policies/exceptions/EX-1.yaml:11:1")
    assert action.findings == (package().id,)
    assert action.approval == Approval(
        needed=2, roles=(("security", "ciso"),), holders=("a@example.com", "b@example.com")
    )
    assert (told.passes, told.after) == (True, Decision.PASS)


def test_one_that_too_few_may_approve_is_not_offered() -> None:
    judged_by = with_roles(exception(), approvals="{default: 3}")
    authors = (("EX-1", "d@example.com"), ("EX-1", "a@example.com"))
    told = plan(case(judged_by, package(fix_versions=("3",)), authors=authors))
    assert [type(one) for one in told.actions] == [Upgrade]


def test_what_waits_for_approval_is_approved_rather_than_written_anew() -> None:
    waiting = exception(rules="[R-HIGH]")
    told = plan(case(with_roles(waiting, budgets=BUDGETS), package()))
    assert [type(one) for one in told.actions] == [Approve]


def system(name: str, cve: str, **fields: Any) -> Finding:
    image = {"stage": "image", "target": "registry.example/shop:1", **fields}
    found = package(cve=cve, **image)
    return msgspec.structs.replace(found, purl=f"pkg:deb/debian/{name}@1", id=f"{cve}{name}")


def test_an_image_is_built_anew_for_all_that_its_distribution_has_mended() -> None:
    mended = [
        system("zlib", "CVE-1", fix_versions=("2",)),
        system("ssl", "CVE-2", fix_versions=("1-u2",)),
    ]
    open_one = system("libc", "CVE-3", fix_versions=())
    told = plan(case(policy(), *mended, open_one))
    rebuild, excepted = told.actions
    assert isinstance(rebuild, Rebuild)
    assert [(one.name, one.version, one.to) for one in rebuild.packages] == [
        ("ssl", "1", "1-u2"),
        ("zlib", "1", "2"),
    ]
    assert rebuild.commands == (
        "rebuild registry.example/shop:1 on its updated base image, or with `apt-get upgrade`",
    )
    assert isinstance(excepted, Except)
    assert (excepted.vulnerability, excepted.artifact) == ("CVE-3", "registry.example/shop")
    assert told.passes


def test_each_image_is_rebuilt_by_itself() -> None:
    two = [
        system("zlib", f"CVE-{tag}", target=f"registry.example/{tag}:1", fix_versions=("2",))
        for tag in ("a", "b")
    ]
    told = plan(case(policy(), *two))
    assert [one.image for one in told.actions if isinstance(one, Rebuild)] == [
        "registry.example/a:1",
        "registry.example/b:1",
    ]
    assert told.passes


def ended(number: int, **fields: str) -> bytes:
    return exception(
        f"EX-{number}", created=f"2026-0{number}-05", expires=f"2026-0{number}-25", **fields
    )


def test_an_exception_that_has_ended_is_renewed() -> None:
    told = plan(case(with_roles(ended(1), ended(2)), package(fix_versions=())))
    (action,) = told.actions
    assert isinstance(action, Except)
    assert (action.supersedes, action.same, told.passes) == ("EX-2", True, True)


def test_one_for_an_older_version_is_renewed_by_a_new_file() -> None:
    told = plan(case(with_roles(ended(1)), package(version="2.11", fix_versions=())))
    (action,) = told.actions
    assert isinstance(action, Except)
    assert (action.supersedes, action.same) == ("EX-1", False)


RENEWED: Final = "[{id: B-R, title: often, count: exceptions_renewed_gt_2, lt: 1, effect: fail}]"


def test_what_was_renewed_too_often_is_upgraded_though_an_exception_were_as_short() -> None:
    often = with_roles(ended(1), ended(2), ended(3), budgets=RENEWED)
    told = plan(case(often, package(fix_versions=("3",))))
    assert ([type(one) for one in told.actions], told.passes) == ([Upgrade], True)


def test_what_was_renewed_too_often_and_has_no_fix_cannot_pass() -> None:
    often = with_roles(ended(1), ended(2), ended(3), budgets=RENEWED)
    told = plan(case(often, package(fix_versions=())))
    assert (told.passes, told.smallest) == (False, True)
    assert told.blocked
    assert plan(case(with_roles(ended(1), ended(2), budgets=RENEWED), package())).passes


def test_an_exception_in_force_is_given_up_where_its_finding_can_be_mended() -> None:
    full = with_exceptions(exception(), budgets=BUDGETS, exceptions=TERMS)
    second = package("other", "1", cve="CVE-2", fix_versions=())
    told = plan(case(full, package(fix_versions=("3",)), second))
    assert [type(one) for one in told.actions] == [Upgrade, Except, Remove]
    assert (told.passes, told.smallest) == (True, True)


def test_many_tight_choices_are_proven_all_the_same() -> None:
    many = [
        package(f"p{n}", "1", cve=f"CVE-{n}", fix_versions=("2",), target=f"{n}.txt")
        for n in range(12)
    ]
    files = [
        exception(f"EX-{n}", target=f"{{vulnerability: CVE-{n}, purl: 'pkg:pypi/p{n}@1'}}")
        for n in range(6)
    ]
    tight = with_exceptions(*files, budgets=BUDGETS.replace("lt: 2", "lt: 4"), exceptions=TERMS)
    told = plan(case(tight, *many))
    assert [type(one) for one in told.actions] == [Upgrade] * 9 + [Remove] * 3
    assert (told.passes, told.smallest) == (True, True)


def test_where_there_is_too_much_to_try_a_smaller_set_is_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exact, "_JUDGEMENTS", 2)
    full = with_exceptions(exception(), budgets=BUDGETS, exceptions=TERMS)
    second = package("other", "1", cve="CVE-2", fix_versions=())
    told = plan(case(full, package(fix_versions=("3",)), second))
    assert (len(told.actions), told.passes, told.smallest) == (3, True, False)
