"""People with real keys, and what they sign."""

import subprocess
from pathlib import Path

from pipeline.config.trust import PolicyFiles
from pipeline.model.approval import EXCEPTION
from pipeline.model.verdict import ExceptionRecord
from pipeline.policy.judging.gate import judge
from pipeline.policy.loading.load import load
from pipeline.runner.approvals import with_approvals
from tests.support.judging import STAGES, case, exception, gate, package

ROLES = """apiVersion: penstock/v1
kind: Roles
roles:
  security: {members: [alice@example.com, bob@example.com], can: [approve_exception]}
"""


class Signer:
    """Somebody with an SSH key of their own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.key = folder / f"key-{name}"
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(self.key)]
        subprocess.run(words, check=True)

    @property
    def public(self) -> str:
        """The kind and the key."""
        return " ".join(self.key.with_name(f"{self.key.name}.pub").read_text().split()[:2])

    @property
    def line(self) -> str:
        """The line of allowed_signers."""
        return f"{self.name} {self.public}\n"

    def sign(self, data: bytes, namespace: str = EXCEPTION) -> bytes:
        """Return a detached signature."""
        words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.key), "-n", namespace]
        return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def judged(signers: str, signer: Signer, revoked: str = "", **terms: str) -> ExceptionRecord:
    """Judge an exception that one person signed."""
    text = exception(**terms)
    files = {
        "gate.yaml": gate(exceptions="{approvals: {default: 1}}"),
        "roles.yaml": ROLES.encode(),
        "allowed_signers": signers.encode(),
        "revoked_keys": revoked.encode(),
        "exceptions/EX-1.yaml": text,
        f"exceptions/EX-1.yaml.{signer.name}.sig": signer.sign(text),
    }
    policy = load(files, stages=STAGES, where="policies")
    source = PolicyFiles(files=files, source="working-tree:policies", trusted=True)
    return judge(
        with_approvals(case(policy, package()), source, repository=None)
    ).verdict.exceptions[0]
