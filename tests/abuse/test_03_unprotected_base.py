"""Abuse 3: the base is changed by targeting a branch that nobody protects, or after the check."""

from pathlib import Path

import pytest

from tests.support.attacked import STRICT, Repository, attacked
from tests.support.slowly import quick

pytestmark = pytest.mark.tools
PROTECTED = f"{STRICT}protected_refs: [main, release/*]\n"


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Repository, str]:
    made, _ = attacked(tmp_path / "repository")
    made.git("checkout", "-q", "HEAD~1")
    made.write("policies/gate.yaml", PROTECTED)
    return made, made.commit()


@pytest.mark.parametrize("ref", quick(["main", "refs/heads/main", "release/1.0"], 1))
def test_a_protected_branch_is_a_base(prepared: tuple[Repository, str], ref: str) -> None:
    made, base = prepared
    done, bundle = made.run("--base", base, "--base-ref", ref)
    assert (done.code, bundle.verdict["verdict"]) == (0, "PASS")
    assert bundle.verdict["policy"]["base_ref"] == ref
    said = {
        one["name"]: (one["value"], one["origin"]) for one in bundle.json("run.json")["settings"]
    }
    assert said["base"] == (base, "flag --base")
    assert said["base-ref"] == (ref, "flag --base-ref")


@pytest.mark.parametrize(
    "ref", quick(["feature", "main2", "x/main", "release/a/b", "refs/tags/main"])
)
def test_another_branch_is_none(prepared: tuple[Repository, str], ref: str) -> None:
    made, base = prepared
    done, bundle = made.run("--base", base, PENSTOCK_BASE_REF=ref)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "policy_untrusted") in bundle.unanswered()


def test_in_ci_a_base_of_nobody_knows_which_branch_is_none(
    prepared: tuple[Repository, str],
) -> None:
    made, base = prepared
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert "--base-ref" in bundle.verdict["unanswered"][0]["detail"]
    assert made.run("--base", base, ci=False)[0].code == 0, "by hand nobody has to say"


def test_the_verdict_names_the_base_its_branch_and_the_head_so_that_it_holds_for_no_other(
    prepared: tuple[Repository, str],
) -> None:
    made, base = prepared
    made.write("README.md", "a change\n")
    head = made.commit()
    first = made.run("--base", base, "--base-ref", "main")[1].verdict
    assert (first["policy"]["base"], first["subject"]["commit"]) == (base, head)
    # Retargeted after the check: the new base gives another verdict, the old one names the old.
    made.git("checkout", "-q", "-b", "release/1", base)
    made.write("policies/gate.yaml", PROTECTED.replace("name: small", "name: release"))
    other = made.commit()
    made.git("checkout", "-q", head)
    done, _ = made.run("--base", other, "--base-ref", "release/1")
    assert done.code == 3, "the head did not grow from the new base"
    assert first["policy"]["base"] != other
