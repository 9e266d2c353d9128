"""25 A stolen key whose window of validity is backdated into: the revoked keys win."""

from pathlib import Path

import pytest

from tests.support.signing import Signer, judged

pytestmark = pytest.mark.tools


def test_a_revoked_key_counts_for_nothing_whatever_its_window_says(tmp_path: Path) -> None:
    alice = Signer(tmp_path, "alice@example.com")
    assert judged(alice.line, alice).status == "active"
    record = judged(alice.line, alice, f"{alice.public}\n")
    assert (record.status, record.approved_by) == ("unapproved", ())
    assert "revoked" in record.reason
    ended = f'{alice.name} valid-before="20260101" {alice.public}\n'
    assert judged(ended, alice).status == "unapproved"
    assert judged(alice.line, alice, "ssh-ed25519 AAAAbroken\n").status == "unapproved"
