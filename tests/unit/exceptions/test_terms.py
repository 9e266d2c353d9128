"""What the policy forbids is refused with its line, all at once, and asked again at a terminal."""

from datetime import date, timedelta
from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.exceptions.asking import day_of, fill
from pipeline.exceptions.terms import Terms, check
from pipeline.exceptions.wanted import Wanted
from tests.support.judging import policy

TODAY = date(2026, 11, 25)
REASON = "Only operators write these templates, and the upgrade waits for the next release."
TERMS = Terms(
    policy=policy(exceptions="{approvals: {default: 0}, ticket_pattern: 'SEC-[0-9]+'}"),
    priority="P1",
)


def wanted(**fields: Any) -> Wanted:
    values = {
        "owner": "dave@example.com",
        "requester": "erin@example.com",
        "ticket": "SEC-1",
        "reason": REASON,
        "created": TODAY,
        "expires": TODAY + timedelta(days=30),
        **fields,
    }
    return Wanted(**values)


def test_what_the_policy_allows_is_not_refused() -> None:
    check(wanted(), TERMS)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"expires": TODAY + timedelta(days=31)}, "a P1 may have 30"),
        ({"expires": TODAY}, "not after today"),
        ({"ticket": "SEC-1 and more"}, "does not match"),
        ({"reason": "too short"}, "at the least"),
        ({"reason": "asdf " * 20}, "repeats itself"),
        ({"reason": REASON + " x" * 2000}, "it has 1 to 2000"),
        ({"reason": REASON + "\u202e"}, r"U\+202E"),
        ({"owner": "d\u200bave@example.com"}, r"U\+200B"),
        ({"controls": ("a\x1b[31m",)}, r"U\+001B"),
        ({"paths": ("**",)}, "cover everything"),
        ({"environments": ("prod",)}, "none of pr"),
        ({"type": "waiver"}, "none of risk_acceptance"),
        ({"type": "not_affected"}, "missing: --justification"),
        ({"not_before": TODAY - timedelta(days=1)}, "does not lie"),
        ({"owner": "x"}, "it has 3 to 200"),
        ({"reason": "x"}, "reason: 1 character; the policy asks for 40"),
    ],
)
def test_each_fault_is_named(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check(wanted(**fields), TERMS)


def test_all_that_is_missing_and_wrong_is_said_at_once_with_the_policys_line() -> None:
    with pytest.raises(UsageError) as raised:
        check(Wanted(created=TODAY, ticket="X", reason="short"), TERMS)
    for word in ("--owner", "--requester", "--expires or --days", "ticket:", "reason:"):
        assert word in raised.value.message
    assert str(raised.value.where).startswith("policies/gate.yaml:")


class Somebody:
    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.told: list[str] = []

    def ask(self, question: str) -> str:
        self.told.append(question)
        return self.answers.pop(0)

    def tell(self, line: str) -> None:
        self.told.append(line)


def test_a_person_is_asked_again_until_the_policy_is_content() -> None:
    person = Somebody("", "nope", "SEC-7", "soon", "31", "2026-13-45", "30")
    made = fill(wanted(ticket="", expires=None), TERMS, person)
    assert (made.ticket, made.expires) == ("SEC-7", TODAY + timedelta(days=30))
    assert not person.answers
    assert any("does not match" in line for line in person.told)


@pytest.mark.parametrize(
    "typed", ["31/12/2026", "2026-13-45", "2026-02-29", "99999", "2026-12-31T00:00+14:00", "null"]
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is no day"):
        day_of(typed, TODAY)
