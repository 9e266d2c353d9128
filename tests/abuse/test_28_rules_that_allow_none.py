"""28 An exception for a rule that forbids it, or that there is not: refused, loudly."""

import pytest

from tests.support.judging import exception, package, verdict, with_exceptions

RULES = """
  - {id: R-HIGH, title: None, match: {severity: [high]}, effect: fail, exception_roles: []}
"""


@pytest.mark.parametrize("rules", ["[R-HIGH]", "[R-RENAMED]"])
def test_the_exception_is_listed_as_invalid_and_the_finding_fails(rules: str) -> None:
    judged = verdict(with_exceptions(exception(rules=rules), rules=RULES), package())
    assert judged.verdict == "FAIL"
    assert [one.status for one in judged.exceptions] == ["invalid"]
    assert "exception_invalid" in [one.rule for one in judged.warnings]
