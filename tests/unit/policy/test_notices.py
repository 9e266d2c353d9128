"""What is said about exceptions and keys beside the findings."""

from tests.support import judging

ROLES = b"""apiVersion: penstock/v1
kind: Roles
roles: {security: {members: [alice@example.com], can: [approve_exception]}}
"""


def test_a_line_of_keys_that_counts_for_nothing_is_said() -> None:
    files = {"roles.yaml": ROLES, "allowed_signers": b"*@example.com ssh-ed25519 AAAA\n"}
    judged = judging.verdict(judging.policy(files))
    assert (judged.verdict, judging.rules_of(judged.warnings)) == ("WARN", ["approval_ignored"])
    assert "allowed_signers:1" in judged.warnings[0].message
