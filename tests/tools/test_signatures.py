"""Signatures by real keys: lists of revoked keys, odd bytes, passphrases, and no ssh-keygen."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.config.trust import PolicyFiles
from pipeline.errors import PenstockError
from pipeline.model.approval import EXCEPTION
from pipeline.model.gap import GapReason
from pipeline.model.verdict import ExceptionRecord
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.policy.loading.load import load
from pipeline.runner.approvals import with_approvals, with_signatures
from pipeline.toolchain import ssh
from tests.support.judging import STAGES, case, exception, gate, package
from tests.support.signing import ROLES, Signer, judged

pytestmark = pytest.mark.tools


@pytest.fixture
def alice(tmp_path: Path) -> Signer:
    return Signer(tmp_path, "alice@example.com")


def weighed(alice: Signer, text: bytes, revoked: bytes = b"") -> ExceptionRecord:
    """Judge these very bytes, which alice signed."""
    return judge(signed(files_of(alice, text, by=alice, revoked=revoked))).verdict.exceptions[0]


def files_of(alice: Signer, text: bytes, *, by: Signer, revoked: bytes = b"") -> dict[str, bytes]:
    """Return a policy in which the key of `by` signed these bytes, and the file says alice did."""
    return {
        "gate.yaml": gate(exceptions="{approvals: {default: 1}}"),
        "roles.yaml": ROLES.encode(),
        "allowed_signers": "".join({alice.line, by.line}).encode(),
        "revoked_keys": revoked,
        "exceptions/EX-1.yaml": text,
        f"exceptions/EX-1.yaml.{alice.name}.sig": by.sign(text),
    }


def signed(files: dict[str, bytes]) -> Case:
    source = PolicyFiles(files=files, source="working-tree:policies", trusted=True)
    policy = load(files, stages=STAGES, where="policies")
    return with_approvals(case(policy, package()), source, repository=None)


def krl(folder: Path, *signers: Signer) -> bytes:
    """Return ssh-keygen's own, binary list."""
    path = folder / "krl"
    keys = [one.key.with_name(f"{one.key.name}.pub") for one in signers]
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", path, *keys], check=True)
    return path.read_bytes()


def test_a_binary_list_of_revoked_keys_is_honoured(tmp_path: Path, alice: Signer) -> None:
    other = Signer(tmp_path, "bob@example.com")
    assert weighed(alice, exception(), krl(tmp_path, other)).status == "active"
    record = weighed(alice, exception(), krl(tmp_path, other, alice))
    assert (record.status, "revoked" in record.reason) == ("unapproved", True)
    cut = krl(tmp_path, other)[:-9]
    assert weighed(alice, exception(), cut).status == "unapproved"


def test_nobody_signs_in_the_name_of_another(tmp_path: Path, alice: Signer) -> None:
    """Both may approve: whose approval it is, the key alone says."""
    bob = Signer(tmp_path, "bob@example.com")
    (record,) = judge(signed(files_of(alice, exception(), by=bob))).verdict.exceptions
    assert (record.status, record.approved_by) == ("unapproved", ())
    assert "which is bob@example.com's" in record.reason


def test_line_ends_are_signed_as_they_are_and_an_unseen_mark_is_refused(alice: Signer) -> None:
    assert weighed(alice, exception().replace(b"\n", b"\r\n")).status == "active"
    record = weighed(alice, b"\xef\xbb\xbf" + exception())
    assert (record.status, "cannot be seen" in record.reason) == ("invalid", True)


def test_without_ssh_keygen_no_signature_counts_and_the_verdict_says_why(
    tmp_path: Path, alice: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh, "PATH", str(tmp_path))
    record = judged(alice.line, alice)
    assert (record.status, record.approved_by) == ("unapproved", ())
    assert "ssh-keygen is not installed" in record.reason
    with pytest.raises(PenstockError, match="ssh-keygen is not installed"):
        ssh.sign(b"x", key=alice.key, namespace=EXCEPTION, environment={"PATH": str(tmp_path)})


def test_signatures_that_nothing_can_check_are_a_question_without_an_answer(
    tmp_path: Path, alice: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh, "PATH", str(tmp_path))
    files = files_of(alice, exception(), by=alice)
    unchecked = signed(files)
    (told,) = judge(unchecked).verdict.unanswered
    assert told.reason is GapReason.TOOL_MISSING
    # Checked again, as of another instant, it is said once.
    assert with_signatures(unchecked, files).gaps == unchecked.gaps


def test_a_passphrase_is_asked_for_by_the_program_of_the_signer(
    tmp_path: Path, alice: Signer
) -> None:
    words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(alice.key)]
    subprocess.run(words, check=True)
    asked = tmp_path / "ask"
    asked.write_text("#!/bin/sh\necho open sesame\n")
    asked.chmod(0o700)
    reach = {**os.environ, "SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force"}
    made = ssh.sign(b"x", key=alice.key, namespace=EXCEPTION, environment=reach)
    assert made.startswith(b"-----BEGIN SSH SIGNATURE-----")
    asked.write_text("#!/bin/sh\necho open barley\n")
    with pytest.raises(PenstockError):
        ssh.sign(b"x", key=alice.key, namespace=EXCEPTION, environment=reach)
