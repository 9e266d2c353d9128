"""Abuse 43: a tool gives every finding the same identity, or the same to two of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.judging import exception, verdict, with_exceptions
from tests.unit.stages.test_semgrep import made, parsed, recorded

CONSTANT = "requires login"


def with_identity(value: object) -> dict[str, Any]:
    document = recorded("findings")
    assert len(document["results"]) > 2
    for result in document["results"]:
        result["extra"]["fingerprint"] = value
    return document


@pytest.mark.parametrize("value", [CONSTANT, "", "0" * 64, None])
def test_what_the_tool_calls_them_tells_no_findings_apart_and_joins_none(
    tmp_path: Path, value: object
) -> None:
    asked = made(tmp_path)
    usual = parsed(asked, recorded("findings")).findings
    odd = parsed(asked, with_identity(value)).findings
    assert [one.id for one in odd] == [one.id for one in usual]
    for identity in ("id", "match_key", "track_ids"):
        assert len({getattr(one, identity) for one in odd}) == len(odd) > 2


def test_an_exception_for_one_finding_covers_that_one_alone(tmp_path: Path) -> None:
    found = parsed(made(tmp_path), with_identity(CONSTANT)).findings
    for one in found:
        target = f"{{match_key: '{one.match_key}'}}"
        policy = with_exceptions(
            exception(target=target, rules="[R-HIGH, R-MEDIUM]", max_matches="99")
        )
        said = verdict(policy, *found)
        assert {entry.finding for entry in said.excepted} <= {one.id}


def test_an_exception_by_the_tools_own_identity_matches_nothing(tmp_path: Path) -> None:
    found = parsed(made(tmp_path), with_identity(CONSTANT)).findings
    said = verdict(with_exceptions(exception(target=f"{{match_key: '{CONSTANT}'}}")), *found)
    assert said.excepted == ()
    assert said.verdict == "FAIL"
