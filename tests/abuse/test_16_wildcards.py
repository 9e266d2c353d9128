"""Case 16: nothing that could mean everything is a target."""

import pytest

from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging

CVE, PURL = "vulnerability: CVE-2026-11111", "purl: 'pkg:pypi/jinja2@2.10'"
TARGETS = (
    "{}", "null", "'*'", "[]",
    f"{{{CVE}}}", f"{{{PURL}}}",
    f"{{vulnerability: '*', {PURL}}}", f"{{vulnerability: 'CVE-*', {PURL}}}",
    f"{{vulnerability: '', {PURL}}}", f"{{vulnerability: [CVE-2026-11111], {PURL}}}",
    f"{{{CVE}, purl: '*'}}", f"{{{CVE}, purl: 'pkg:pypi/*'}}", f"{{{CVE}, purl: 'pkg:pypi/*@*'}}",
    f"{{{CVE}, purl: 'pkg:pypi/jinja2@*'}}", f"{{{CVE}, purl: 'pkg:pypi/jinja2'}}",
    f"{{{CVE}, purl: 'pkg:pypi/jinja?@2.10'}}", f"{{{CVE}, purl: 'pkg:pypi/jinja2@'}}",
    f"{{{CVE}, {PURL}, paths: ['**']}}", f"{{{CVE}, {PURL}, paths: ['*']}}",
    f"{{{CVE}, {PURL}, paths: ['**/*']}}", f"{{{CVE}, {PURL}, paths: ['']}}",
    f"{{{CVE}, {PURL}, paths: ['./**']}}", f"{{{CVE}, {PURL}, artifact: '*'}}",
    f"{{{CVE}, {PURL}, environments: []}}", f"{{{CVE}, {PURL}, environments: ['*']}}",
    "{match_key: '*'}", "{match_key: ''}", f"{{match_key: '{'0' * 31}*'}}",
)  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_without_an_exact_name_is_invalid(target: str) -> None:
    policy = judging.with_exceptions(judging.exception(target=target))
    judged = judging.verdict(policy, judging.package(), judging.code())
    assert [one.status for one in judged.exceptions] == [ExceptionStatus.INVALID]
    assert (judged.verdict, len(judged.breaches), judged.excepted) == (Decision.FAIL, 2, ())


@pytest.mark.parametrize("rules", ["['*']", "[]", "'*'", "[R-*]", "[R-HIGH, '*']", "null", "[R]"])
def test_rules_are_named_one_by_one(rules: str) -> None:
    policy = judging.with_exceptions(judging.exception(rules=rules))
    judged = judging.verdict(policy, judging.package())
    assert [one.status for one in judged.exceptions] == [ExceptionStatus.INVALID]
    assert judged.verdict is Decision.FAIL


def test_no_policy_can_allow_them() -> None:
    from pipeline.errors import UsageError

    with pytest.raises(UsageError, match="allow_wildcards"):
        judging.policy(exceptions="{allow_wildcards: true}")
