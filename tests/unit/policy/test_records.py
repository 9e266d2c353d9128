from typing import Any

import pytest

from pipeline.policy.loading.load import load
from pipeline.policy.model import BadException, PolicyException
from tests.support.judging import STAGES, exception, gate, policy, verdict, with_exceptions

STRICT = "{approvals: {default: 0}, ticket_pattern: '^SEC-[0-9]+$', max_matches_default: 3}"
RULES = """
  - {id: R-HIGH, title: a, match: {severity: [critical, high]}, effect: fail}
  - {id: R-NEVER, title: a, match: {kind: [iac]}, effect: fail, exception_roles: []}
"""


def bad(text: bytes, name: str = "exceptions/EX-1.yaml") -> BadException:
    loaded = policy({name: text}, exceptions=STRICT, rules=RULES)
    assert loaded.exceptions == ()
    (only,) = loaded.bad_exceptions
    return only


def good(text: bytes) -> PolicyException:
    loaded = policy({"exceptions/EX-1.yaml": text}, exceptions=STRICT, rules=RULES)
    assert loaded.bad_exceptions == ()
    (only,) = loaded.exceptions
    return only


def test_a_whole_exception_is_read() -> None:
    one = good(exception(target="{vulnerability: cve-2026-1, purl: 'pkg:PyPI/Jinja_2@2.10'}"))
    assert one.vulnerability == "CVE-2026-1"
    assert one.purl == "pkg:pypi/jinja-2@2.10"
    assert one.max_matches == 3
    assert one.environments == ("pr", "main", "release", "weekly")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "EX-2"}, "not the file's name"),
        ({"rules": "[R-HIHG]"}, "did you mean 'R-HIGH'"),
        ({"rules": "['*']"}, "rules.0"),
        ({"rules": "[]"}, "at least 1"),
        ({"rules": "[R-NEVER]"}, "allows no exception"),
        ({"target": "{}"}, "vulnerability and purl, or match_key"),
        ({"target": "{vulnerability: CVE-2026-1}"}, "purl is missing"),
        ({"target": "{purl: 'pkg:pypi/x@1'}"}, "vulnerability is missing"),
        ({"target": "{vulnerability: 'CVE-*', purl: 'pkg:pypi/x@1'}"}, "vulnerability"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x'}"}, "version is missing"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/*@1'}"}, "wildcard"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@*'}"}, "wildcard"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pypi/x@1'}"}, "no package URL"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', artifact: 'r/a:1'}"},
         "without a tag"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', artifact: 'r/*'}"},
         "wildcard"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', paths: ['**']}"},
         "cover everything"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', paths: ['**/*']}"},
         "cover everything"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', environments: []}"},
         "at least 1"),
        ({"target": "{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', environments: [prod]}"},
         "environments"),
        ({"target": f"{{match_key: {'a' * 31}}}"}, "match_key"),
        ({"target": f"{{match_key: {'a' * 32}, purl: 'pkg:pypi/x@1'}}"}, "not both"),
        ({"target": f"{{match_key: {'a' * 32}, artifact: x}}"}, "needs no artifact"),
        ({"target": "{cve: CVE-2026-1}"}, "target.cve"),
        ({"owner": None}, "owner"),
        ({"owner": "''"}, "owner"),
        ({"requester": None}, "requester"),
        ({"ticket": None}, "ticket"),
        ({"ticket": "later"}, "does not match"),
        ({"ticket": "xSEC-1"}, "does not match"),
        ({"reason": None}, "reason"),
        ({"reason": "too short for the policy, sadly"}, "characters"),
        ({"reason": "asdf asdf asdf asdf asdf asdf asdf asdf asdf asdf"}, "repeats itself"),
        ({"reason": "qwer asdf qwer asdf qwer asdf qwer asdf qwer asdf"}, "repeats itself"),
        ({"reason": "x" * 60}, "repeats itself"),
        ({"reason": "'" + "word " * 500 + "'"}, "reason"),
        ({"created": None}, "created"),
        ({"expires": None}, "expires"),
        ({"expires": "null"}, "expires"),
        ({"expires": "2026-13-45"}, "no value"),
        ({"expires": "2027-02-29"}, "no value"),
        ({"expires": "31/12/2026"}, "written plainly"),
        ({"expires": "'2026-12-10'"}, "written plainly"),
        ({"expires": "2026-12-10T00:00:00+14:00"}, "written plainly"),
        ({"expires": "9999-12-31"}, "the policy allows 180"),
        ({"expires": "2026-11-20"}, "must come after"),
        ({"not_before": "2026-12-10"}, "must come after"),
        ({"not_before": "2026-11-01"}, "must come after"),
        ({"max_matches": "0"}, "max_matches"),
        ({"max_matches": "true"}, "max_matches"),
        ({"approvers": "[alice@example.com]"}, "derived from signatures"),
        ({"kind": "Waiver"}, "kind"),
        ({"type": "wontfix"}, "type"),
        ({"approved_at_severity": "unknown"}, "approved_at_severity"),
        ({"supersedes": "EX-1"}, "leads back to itself"),
        ({"vex": "{status: not_affected, justification: component_not_present}"}, "decision"),
        ({"vex": "{status: affected}"}, "action_statement"),
        ({"type": "not_affected", "vex": "{status: not_affected}"}, "justification"),
        ({"resaon": "x"}, "did you mean 'reason'"),
    ],
)  # fmt: skip
def test_an_exception_with_a_fault_excepts_nothing_and_is_listed(
    fields: dict[str, Any], message: str
) -> None:
    one = bad(exception(**fields))
    assert one.id == "EX-1"
    assert message in one.reason
    assert one.place.path == "policies/exceptions/EX-1.yaml"


def test_the_severity_that_is_approved_is_written_where_no_rule_asks_for_one() -> None:
    rules = """
  - {id: R-SCA, title: a, match: {kind: [sca]}, effect: fail}
  - {id: R-HIGH, title: b, match: {severity: [unknown, high, critical]}, effect: fail}
"""
    text = exception(rules="[R-SCA]")
    silent = with_exceptions(text, rules=rules)
    assert silent.exceptions == ()
    assert "approved_at_severity is missing" in silent.bad_exceptions[0].reason
    assert "approved_at_severity: high" in silent.bad_exceptions[0].reason
    line = text.decode().splitlines().index("rules: [R-SCA]") + 1
    assert silent.bad_exceptions[0].place.line == line
    said = with_exceptions(exception(rules="[R-SCA]", approved_at_severity="low"), rules=rules)
    assert said.exceptions[0].approved_at_severity == "low"
    both = with_exceptions(exception(rules="[R-SCA, R-HIGH]"), rules=rules)
    assert both.exceptions[0].approved_at_severity == "high"


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"a: &x 1", b"[" * 40_000, b"- list", b"null", b"a: \x1b[31m"]
)
def test_a_file_that_cannot_be_read_stops_nothing(text: bytes) -> None:
    one = bad(text)
    assert one.reason.isprintable()
    loaded = policy({"exceptions/EX-1.yaml": text})
    judged = verdict(loaded)
    assert judged.verdict == "WARN"
    assert [(each.id, each.status) for each in judged.exceptions] == [("EX-1", "invalid")]


@pytest.mark.parametrize(
    "name",
    [
        "exceptions/EX-1.yml",
        "exceptions/EX-1.YAML",
        "exceptions/EX-1.json",
        "exceptions/EX-1",
        "exceptions/team/EX-1.yaml",
        "other/exceptions/EX-1.yaml",
        "exceptions/EX-1.yaml.bak",
    ],
)
def test_a_file_in_the_wrong_place_or_of_the_wrong_name_is_invalid(name: str) -> None:
    assert bad(exception(), name).id == name


def test_two_files_of_one_id_are_both_invalid() -> None:
    loaded = policy({"exceptions/EX-1.yaml": exception(), "exceptions/ex-1.yml": exception()})
    assert loaded.exceptions == ()
    assert len(loaded.bad_exceptions) == 2


@pytest.mark.parametrize(
    "name", ["README.md", ".gitkeep", "EX-1.yaml.alice@example.com.sig", "README"]
)
def test_notes_and_signatures_may_lie_beside_them(name: str) -> None:
    loaded = policy({f"exceptions/{name}": b"x"})
    assert (loaded.exceptions, loaded.bad_exceptions) == ((), ())


def test_renewals_are_counted_through_files_that_are_gone() -> None:
    loaded = with_exceptions(
        exception("EX-4", supersedes="EX-3", created="2026-11-23"),
        exception("EX-3", supersedes="EX-2", created="2026-11-22"),
    )
    assert {one.id: one.renewals for one in loaded.exceptions} == {"EX-3": 1, "EX-4": 2}


def test_renewals_are_counted_by_target_when_nobody_says_supersedes() -> None:
    texts = [exception(f"EX-{n}", created=f"2026-11-2{n}") for n in range(1, 5)]
    loaded = with_exceptions(*texts)
    assert {one.id: one.renewals for one in loaded.exceptions} == {
        "EX-1": 0, "EX-2": 1, "EX-3": 2, "EX-4": 3,
    }  # fmt: skip


def test_a_new_version_of_the_package_is_still_the_same_target() -> None:
    loaded = with_exceptions(
        exception("EX-1"),
        exception("EX-2", target="{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@3'}"),
        exception("EX-3", target="{vulnerability: CVE-2026-22222, purl: 'pkg:pypi/jinja2@3'}"),
    )
    assert [one.renewals for one in loaded.exceptions] == [0, 1, 0]


def test_predecessors_in_a_circle_are_invalid() -> None:
    loaded = with_exceptions(
        exception("EX-1", supersedes="EX-2"),
        exception("EX-2", supersedes="EX-1"),
        exception("EX-3", supersedes="EX-1"),
    )
    assert [one.id for one in loaded.bad_exceptions] == ["EX-1", "EX-2"]
    assert [one.id for one in loaded.exceptions] == ["EX-3"]


def test_a_thousand_exceptions_are_read_without_a_thousand_schemas() -> None:
    files = {f"exceptions/EX-{n}.yaml": exception(f"EX-{n}") for n in range(1000)}
    loaded = load({"gate.yaml": gate(), **files}, stages=STAGES, where="p")
    assert len(loaded.exceptions) == 1000


def test_signatures_beside_a_file_that_cannot_be_used_are_said_to_be_unchecked() -> None:
    files = {
        "exceptions/EX-1.yaml": exception(expires="9999-12-31"),
        "exceptions/EX-2.yaml": b"null",
    }
    names = [f"exceptions/EX-1.yaml.{n}@example.com.sig" for n in "abcd"]
    names += ["exceptions/EX-2.yaml.e\u202e@example.com.sig"]
    first, second = policy(files | dict.fromkeys(names, b"x")).bad_exceptions
    assert "the policy allows 180" in first.reason
    told = "not checked: a@example.com, b@example.com, c@example.com, 1 more)"
    assert first.reason.endswith(f"(the signatures beside it were {told}")
    assert "\u202e" not in second.reason
    assert all("checked" not in one.reason for one in policy(files).bad_exceptions)
