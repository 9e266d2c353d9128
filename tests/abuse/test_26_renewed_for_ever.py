"""Case 26: renewals are counted by what is excepted, whatever the files are called."""

from pathlib import Path

import pytest

from pipeline.model.verdict import Decision
from tests.support import judging
from tests.support.command import penstock
from tests.support.excepted import GATE, SAID, Workshop

BUDGET = "[{id: BUD-002, title: Renewed, count: exceptions_renewed_gt_2, lt: 1, effect: fail}]"
AGAIN = "The service slipped to its next release, and templates still come from operators alone."


def filed(number: int, **fields: str | None) -> bytes:
    """An exception that ran out every fortnight, but the last."""
    days = {"created": f"2026-{7 + number:02}-20", "expires": f"2026-{7 + number:02}-30"}
    return judging.exception(f"EX-{number}", **{**days, **fields})


@pytest.mark.parametrize("chained", [True, False], ids=["supersedes", "new ids"])
@pytest.mark.parametrize(("files", "decision"), [(3, Decision.WARN), (4, Decision.FAIL)])
def test_the_third_renewal_of_a_target_fails(
    files: int, decision: Decision, *, chained: bool
) -> None:
    written = [
        filed(
            5 - files + n,
            supersedes=f"EX-{4 - files + n}" if chained and n else None,
            target=f"{{vulnerability: CVE-2026-11111, purl: 'pkg:PyPI/Jinja2@2.{11 - files + n}'}}",
        )
        for n in range(files)
    ]
    policy = judging.with_exceptions(*written, budgets=BUDGET)
    judged = judging.verdict(policy, judging.package())
    assert (judged.verdict, len(judged.excepted)) == (decision, 1)


GHSA = "GHSA-aaaa-bbbb-cccc"
OTHERWISE = {
    "another alias": f"vulnerability: {GHSA}, purl: 'pkg:pypi/jinja2@2.10'",
    "an alias in small letters": f"vulnerability: {GHSA.lower()}, purl: 'pkg:pypi/jinja2@2.10'",
    "another version": "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.9'",
    "its match_key": f"match_key: {judging.package().match_key}",
    "a glob": "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10', paths: ['req*.txt']",
}


@pytest.mark.parametrize("before", OTHERWISE.values(), ids=OTHERWISE)
def test_the_same_defect_filed_otherwise_is_the_same_target(before: str) -> None:
    written = [filed(n, target=f"{{{before}}}") for n in (1, 2, 3)] + [filed(4)]
    policy = judging.with_exceptions(*written, budgets=BUDGET)
    judged = judging.verdict(policy, judging.package(aliases=("CVE-2026-11111", GHSA)))
    assert judging.rules_of(judged.breaches) == ["BUD-002"]


@pytest.mark.parametrize(
    "before",
    [
        "vulnerability: CVE-2026-22222, purl: 'pkg:pypi/jinja2@2.10'",
        "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/flask@2.10'",
        "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10', artifact: acme/api",
        "vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10', paths: ['api/**']",
    ],
)
def test_another_defect_or_place_is_no_renewal(before: str) -> None:
    written = [filed(n, target=f"{{{before}}}") for n in (1, 2, 3)] + [filed(4)]
    policy = judging.with_exceptions(*written, budgets=BUDGET)
    judged = judging.verdict(policy, judging.package(aliases=("CVE-2026-11111", GHSA)))
    assert judged.breaches == ()


@pytest.mark.tools
def test_pruning_forgets_no_renewal(tmp_path: Path) -> None:
    gate = GATE.replace("{default: 1, P0: 2}", "{default: 0}")
    shop = Workshop(tmp_path, gate=gate, people=())
    shop.bundle(judging.package())
    made = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "9")
    assert made.code == 0, made.err
    for _ in range(3):
        last = shop.exceptions()[-1].removesuffix(".yaml")
        assert shop.exception("renew", last, "--days", "9", "--reason", AGAIN).code == 0
    shop.commit()
    assert "3 of at most 2" not in shop.exception("list").out
    kept = shop.exception("prune", "--bundle", ".penstock", "--apply")
    assert (kept.code, "renewals of" in kept.out) == (0, True)
    done = penstock("gate", ".penstock", "--policy", "policies", cwd=shop.path)
    assert (done.code, "BUD-002" in done.out) == (1, True)
