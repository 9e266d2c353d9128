"""24 A signature copied to another exception, or a file edited after it was signed."""

from pathlib import Path

import pytest

from pipeline.config.trust import PolicyFiles
from pipeline.model.verdict import Decision, ExceptionRecord
from pipeline.policy.judging.gate import judge
from pipeline.policy.loading.load import load
from pipeline.runner.approvals import with_approvals
from tests.support.judging import STAGES, case, exception, gate, package
from tests.support.signing import Signer

pytestmark = pytest.mark.tools
ROLES = """apiVersion: penstock/v1
kind: Roles
roles:
  security: {members: [alice@example.com], can: [approve_exception]}
keys: {allowed_signers: policies/allowed_signers}
"""


def judged(files: dict[str, bytes], signers: str) -> tuple[Decision, ExceptionRecord]:
    every = {
        "gate.yaml": gate(exceptions="{approvals: {default: 1}}"),
        "roles.yaml": ROLES.encode(),
        "allowed_signers": signers.encode(),
        **files,
    }
    policy = load(every, stages=STAGES, where="policies")
    source = PolicyFiles(files=every, source="working-tree:policies", trusted=True)
    verdict = judge(with_approvals(case(policy, package()), source, repository=None)).verdict
    return verdict.verdict, next(one for one in verdict.exceptions if one.id == "EX-1")


def test_a_signature_over_these_bytes_counts_and_over_any_others_it_does_not(
    tmp_path: Path,
) -> None:
    alice = Signer(tmp_path, "alice@example.com")
    text = exception()
    beside = "exceptions/EX-1.yaml.alice@example.com.sig"
    _, record = judged({"exceptions/EX-1.yaml": text, beside: alice.sign(text)}, alice.line)
    assert (record.status, record.approved_by) == ("active", ("alice@example.com",))
    altered = (
        text + b" ",
        text.replace(b"\n", b"\r\n"),
        text.replace(b"2026-12-10", b"2026-12-11"),
    )
    for other in altered:
        files = {"exceptions/EX-1.yaml": other, beside: alice.sign(text)}
        decision, record = judged(files, alice.line)
        assert (decision, record.status) == (Decision.FAIL, "unapproved")
        assert "other bytes" in record.reason
    marked = {"exceptions/EX-1.yaml": b"\xef\xbb\xbf" + text, beside: alice.sign(text)}
    decision, record = judged(marked, alice.line)
    assert (decision, record.status) == (Decision.FAIL, "invalid")
    assert "signature beside it was not checked: alice@example.com" in record.reason
    for foreign in (alice.sign(exception("EX-2")), alice.sign(text, "file")):
        decision, record = judged({"exceptions/EX-1.yaml": text, beside: foreign}, alice.line)
        assert (decision, record.status) == (Decision.FAIL, "unapproved")
