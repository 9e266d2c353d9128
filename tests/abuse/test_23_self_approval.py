"""23 Self-approval, a second key, a shared key, and an approver without the role."""

from pathlib import Path

import pytest

from tests.support.signing import Signer, judged

pytestmark = pytest.mark.tools


def test_nobody_approves_alone(tmp_path: Path) -> None:
    alice, bob = Signer(tmp_path, "alice@example.com"), Signer(tmp_path, "bob@example.com")
    both = alice.line + bob.line
    assert judged(both, alice, requester="Alice+work@Example.com").status == "unapproved"
    assert judged(both, bob, requester="alice@example.com").status == "active"
    shared = f"{alice.line}bob@example.com {alice.public}\n"
    assert judged(shared, alice).status == "unapproved"
    left = Signer(tmp_path, "carol@example.com")
    assert judged(left.line, left).status == "unapproved"
