from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.approval import Signature
from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from pipeline.model.verdict import BreakGlassRecord, ExceptionRecord, Subject
from pipeline.policy.model import Policy
from tests.support.judging import NOW, exception, gap, gate, package, policy, verdict

COMMIT = "a" * 40
ROLES = """apiVersion: penstock/v1
kind: Roles
roles:
  security: {members: [ALL], can: [approve_exception]}
  ciso: {members: [carol@example.com], can: [approve_break_glass]}
"""
PEOPLE = ("alice@example.com", "bob@example.com", "Alice+second@example.com")


def signed(name: str, owner: str = "EX-1", **fields: str) -> Signature:
    values = {"key": f"SHA256:{name}", "state": "good", **fields}
    return Signature(exception=owner, principal=name, **values)  # type: ignore[arg-type]


def judged_by(*members: str, approvals: int = 1) -> Policy:
    return policy(
        {
            "exceptions/EX-1.yaml": exception(),
            "roles.yaml": ROLES.replace("ALL", ", ".join(members)).encode(),
            "gate.yaml": gate(exceptions=f"{{approvals: {{default: {approvals}}}}}"),
        }
    )


def record(members: tuple[str, ...], *signatures: Signature, approvals: int = 1) -> ExceptionRecord:
    judged = judged_by(*members, approvals=approvals)
    return verdict(judged, package(), signatures=signatures).exceptions[0]


def test_two_keys_of_one_person_are_one_approval() -> None:
    both = (signed(PEOPLE[0]), signed(PEOPLE[2]))
    assert record(PEOPLE, *both, approvals=2).status == "unapproved"
    assert record(PEOPLE, *both, signed(PEOPLE[1]), approvals=2).status == "active"


@pytest.mark.parametrize("state", ["bad", "revoked", "unknown_key"])
def test_only_good_signatures_count(state: str) -> None:
    assert record(PEOPLE, signed(PEOPLE[0], state=state)).approved_by == ()


def test_who_wrote_the_file_does_not_approve_it() -> None:
    signatures = (signed(PEOPLE[0]),)
    authors = (("EX-1", "Alice@example.com"),)
    judged = verdict(judged_by(*PEOPLE), package(), signatures=signatures, authors=authors)
    assert judged.exceptions[0].status == "unapproved"


def test_only_those_are_named_whose_approval_would_count() -> None:
    """Not who asked for it, who wrote it, or who signed it under another address."""
    dora, erin = "dora@example.com", "erin@example.com"
    judged = verdict(
        policy(
            {
                "exceptions/EX-1.yaml": exception(requester=erin),
                "roles.yaml": ROLES.replace("ALL", ", ".join((*PEOPLE, dora, erin))).encode(),
                "gate.yaml": gate(exceptions="{approvals: {default: 2}}"),
            }
        ),
        package(),
        signatures=(signed(PEOPLE[2]),),
        authors=(("EX-1", PEOPLE[1]),),
    )
    assert f"may approve: {dora}" in judged.exceptions[0].reason
    assert not any(f", {name}" in judged.exceptions[0].reason for name in (*PEOPLE, erin))


@given(st.sets(st.sampled_from(["x@example.com", "y@example.com", "z@example.com"])))
def test_signatures_of_people_without_a_role_never_approve(names: set[str]) -> None:
    assert record(PEOPLE, *map(signed, sorted(names))).status == "unapproved"


@given(st.sets(st.sampled_from(PEOPLE), min_size=1), st.integers(1, 3))
def test_removing_a_member_never_approves_more(names: set[str], needed: int) -> None:
    signatures = tuple(map(signed, sorted(names)))
    whole = record(PEOPLE, *signatures, approvals=needed)
    less = record(PEOPLE[:1], *signatures, approvals=needed)
    assert set(less.approved_by) <= set(whole.approved_by) | {PEOPLE[0]}
    assert less.status != "active" or whole.status == "active"


def glass(*, signer: str = "carol@example.com", commit: str = COMMIT, broken: bool = False,
          requester: str = "erin@example.com", later: int = 0) -> BreakGlassRecord:  # fmt: skip
    text = f"""apiVersion: penstock/v1
kind: BreakGlass
id: BG-1
commit: {commit}
reason: The payment service is down and this build mends it.
requester: {requester}
created: 2026-11-25T10:00:00Z
expires: 2026-11-26T10:00:00Z
"""
    files = {
        "break-glass/BG-1.yaml": text.encode(),
        "roles.yaml": ROLES.replace("ALL", "").encode(),
    }
    given_gaps = (gap(None, GapReason.BASE_MISSING),) if broken else ()
    judged = verdict(
        policy(files),
        package(),
        now=NOW + timedelta(hours=later),
        gaps=given_gaps,
        subject=Subject(commit=COMMIT, tree=None, dirty=False, images=()),
        signatures=(signed(signer, "break-glass/BG-1"),),
    )
    assert judged.verdict == "FAIL"
    return judged.break_glass[0]


def test_a_break_glass_record_is_accepted_and_the_verdict_stays() -> None:
    assert glass().status == "accepted"


def test_a_break_glass_record_is_refused_for_anything_that_speaks_against_it() -> None:
    assert glass(signer="alice@example.com").status == "refused"
    assert glass(commit="b" * 40).status == "refused"
    assert glass(broken=True).status == "refused"
    assert glass(requester="carol@example.com").status == "refused"
    assert glass(later=22).status == "refused"
    assert glass(later=-3).status == "refused"


def test_a_key_by_which_two_people_signed_is_nobodys() -> None:
    both = (signed(PEOPLE[0], key="SHA256:same"), signed(PEOPLE[1], key="SHA256:same"))
    shared = record(PEOPLE, *both)
    assert (shared.status, shared.approved_by) == ("unapproved", ())
    assert "another person signed with the same key" in shared.reason


def test_the_worst_of_its_findings_says_how_many_must_sign() -> None:
    text = exception(rules="[R-HIGH, R-MEDIUM]", approved_at_severity="high")
    judged_by = policy(
        {
            "exceptions/EX-1.yaml": text,
            "roles.yaml": ROLES.replace("ALL", ", ".join(PEOPLE)).encode(),
            "gate.yaml": gate(exceptions="{approvals: {default: 1, P1: 2}}"),
        }
    )
    medium = package(severity=Severity.MEDIUM)
    high = package(target="api/requirements.txt")
    one = (signed(PEOPLE[0]),)
    assert verdict(judged_by, medium, signatures=one).exceptions[0].status == "active"
    assert verdict(judged_by, medium, high, signatures=one).exceptions[0].status == "unapproved"
    two = (*one, signed(PEOPLE[1]))
    assert verdict(judged_by, medium, high, signatures=two).exceptions[0].status == "active"
