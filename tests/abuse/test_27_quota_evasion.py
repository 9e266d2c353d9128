"""Case 27: the budget counts files, and there is one folder, one suffix and one id for each."""

import pytest

from pipeline.model.verdict import Decision, ExceptionStatus
from pipeline.policy.model import Policy
from tests.support import judging

BUDGET = "[{id: BUD-001, title: Outstanding, count: exceptions_active, lt: 2, effect: fail}]"
GOOD = {"exceptions/EX-1.yaml": judging.exception("EX-1")}


def loaded(**files: bytes) -> Policy:
    return judging.policy({**GOOD, **files}, budgets=BUDGET)


def test_one_file_fits_the_budget() -> None:
    assert judging.verdict(loaded(), judging.package()).verdict is Decision.PASS


@pytest.mark.parametrize(
    "name",
    [
        "exceptions/EX-2.yml",
        "exceptions/EX-1.yml",
        "exceptions/EX-2.YAML",
        "exceptions/EX-2.json",
        "exceptions/EX-2",
        "exceptions/ex-1.yaml",
        "exceptions/more/EX-2.yaml",
        "team/exceptions/EX-2.yaml",
        "exceptions/EX-3.yaml",
    ],
)
def test_a_file_elsewhere_or_of_another_name_excepts_nothing_and_is_counted(name: str) -> None:
    files = {name: judging.exception("EX-2", target=f"{{match_key: {judging.code().match_key}}}")}
    judged = judging.verdict(loaded(**files), judging.code())
    assert judged.verdict is Decision.FAIL
    assert judging.code().id not in {one.finding for one in judged.excepted}
    assert ExceptionStatus.INVALID in {one.status for one in judged.exceptions}
    assert "BUD-001" in judging.rules_of(judged.breaches)


def test_an_unused_or_unsigned_file_is_counted_too() -> None:
    other = judging.exception("EX-2", target=f"{{match_key: {'a' * 32}}}")
    judged = judging.verdict(loaded(**{"exceptions/EX-2.yaml": other}), judging.package())
    assert judging.rules_of(judged.breaches) == ["BUD-001"]


def test_one_file_cannot_stand_for_many_targets() -> None:
    target = "{vulnerability: CVE-2026-11111, purl: ['pkg:pypi/jinja2@2.10', 'pkg:pypi/flask@1']}"
    files = {"exceptions/EX-2.yaml": judging.exception("EX-2", target=target)}
    statuses = {one.id: one.status for one in judging.verdict(loaded(**files)).exceptions}
    assert statuses["EX-2"] is ExceptionStatus.INVALID
