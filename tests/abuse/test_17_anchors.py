"""Case 17: a name is a name, never a pattern that fits the beginning of another."""

import pytest

from pipeline.model.verdict import Decision, ExceptionStatus
from tests.support import judging

NAMED = "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'"


@pytest.mark.parametrize(
    "named",
    [
        "requests|urllib3",
        "requests.*",
        "^requests",
        "requests$",
        "(requests)",
        "req.ests",
        "REQUEST",
    ],
)
def test_a_pattern_in_a_purl_excepts_no_package(named: str) -> None:
    target = f"{{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/{named}@1.0'}}"
    policy = judging.with_exceptions(judging.exception(target=target))
    for package in ("requests", "requests-evil", "urllib3", "xrequests"):
        judged = judging.verdict(policy, judging.package(package, "1.0"))
        assert (judged.verdict, judged.excepted) == (Decision.FAIL, ())


def test_an_exact_name_excepts_itself_and_no_longer_one() -> None:
    target = "{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/requests@1.0'}"
    policy = judging.with_exceptions(judging.exception(target=target))
    assert judging.verdict(policy, judging.package("requests", "1.0")).excepted
    for package, version in (("requests-evil", "1.0"), ("requests", "1.0.1"), ("request", "1.0")):
        assert not judging.verdict(policy, judging.package(package, version)).excepted


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("app", "app/db.txt", False),
        ("app/*", "app/db.txt", True),
        ("app/*", "app/sub/db.txt", False),
        ("app/*", "xapp/db.txt", False),
        ("app/*.tx", "app/db.txt", False),
        ("a.p/*", "app/db.txt", False),
        ("(app|web)/*", "app/db.txt", False),
        ("app/[a-z]*", "app/db.txt", False),
        ("**/db.txt", "app/sub/db.txt", True),
        ("**/db.txt", "app/xdb.txt", False),
    ],
)
def test_a_glob_covers_the_whole_path_or_nothing(glob: str, path: str, *, fits: bool) -> None:
    target = f"{{{NAMED}, paths: ['{glob}']}}"
    policy = judging.with_exceptions(judging.exception(target=target))
    judged = judging.verdict(policy, judging.package(target=path))
    assert bool(judged.excepted) is fits
    assert [one.status for one in judged.exceptions] == [
        ExceptionStatus.ACTIVE if fits else ExceptionStatus.UNUSED
    ]
