"""What goes is over for certain; what a count rests on stays."""

from typing import Any

from pipeline.exceptions.pruning import Judged, useless
from pipeline.exceptions.standing import fates_of
from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason
from tests.support import judging


def found(
    *files: bytes, bundles: tuple[tuple[Finding, ...], ...] = (), **fields: Any
) -> dict[str, str]:
    """Return by id why a file is useless, and for whom it stays."""
    policy = judging.with_exceptions(*files)
    cases = [judging.case(policy, stages=())]
    cases += [judging.case(policy, *findings, **fields) for findings in bundles]
    bare, *judged = (Judged(case=case, fates=fates_of(case)) for case in cases)
    return {
        one.id: one.kept_for or one.why.partition(":")[0] for one in useless(bare, tuple(judged))
    }


def test_the_expired_go_without_any_evidence() -> None:
    old = judging.exception("EX-1", created="2026-10-01", expires="2026-11-25")
    assert found(old, judging.exception("EX-2", target=f"{{match_key: {'a' * 32}}}")) == {
        "EX-1": "expired"
    }


def test_void_and_unused_are_only_said_by_evidence() -> None:
    one = judging.exception("EX-1")
    assert found(one) == {}
    assert found(one, bundles=((judging.package(kev=True),),)) == {"EX-1": "void"}
    assert found(one, bundles=((judging.package(),),)) == {}
    assert found(one, bundles=((),)) == {"EX-1": "unused"}
    assert found(one, bundles=((), (judging.package(),))) == {}


def test_a_silent_stage_leaves_it_open_whether_a_file_is_unused() -> None:
    gap = judging.gap("pip-audit", GapReason.TIMEOUT, "requirements.txt")
    silent = judging.answers(pip_audit=judging.done(3, gap))
    by_package, by_key = judging.exception(), judging.exception(target=f"{{match_key: {'a' * 32}}}")
    for one in (by_package, by_key):
        assert found(one, bundles=((),)) == {"EX-1": "unused"}
        assert found(one, bundles=((),), stages=silent) == {}
    image = judging.exception(
        target="{vulnerability: CVE-2026-1, purl: 'pkg:pypi/x@1', artifact: acme/api}"
    )
    assert found(image, bundles=((),), stages=silent) == {"EX-1": "unused"}


def test_a_file_for_another_environment_is_not_called_unused() -> None:
    elsewhere = (
        "{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10', environments: [release]}"
    )
    assert found(judging.exception(target=elsewhere), bundles=((),)) == {}


def test_a_predecessor_goes_once_its_successor_is_in_force() -> None:
    first = judging.exception("EX-1")
    second = judging.exception("EX-2", supersedes="EX-1")
    ahead = judging.exception("EX-2", supersedes="EX-1", not_before="2026-11-30")
    assert found(first, second) == {"EX-1": "superseded"}
    assert found(first, ahead) == {}


def test_what_a_count_rests_on_stays() -> None:
    chain = [
        judging.exception("EX-1", created="2026-11-01", expires="2026-11-10"),
        judging.exception("EX-2", created="2026-11-05", expires="2026-11-15", supersedes="EX-1"),
        judging.exception("EX-3", supersedes="EX-2"),
    ]
    assert found(*chain) == {"EX-1": "expired", "EX-2": "EX-3"}
    assert found(*chain[:2]) == {"EX-1": "expired", "EX-2": "expired"}


def test_what_is_the_same_target_by_an_alias_stays_too() -> None:
    alias = "{vulnerability: GHSA-aaaa-bbbb-cccc, purl: 'pkg:pypi/jinja2@2.10'}"
    old = judging.exception("EX-1", created="2026-11-01", expires="2026-11-10", target=alias)
    new = judging.exception("EX-2")
    finding = judging.package(aliases=("CVE-2026-11111", "GHSA-aaaa-bbbb-cccc"))
    assert found(old, new, bundles=((finding,),)) == {"EX-1": "EX-2"}
