"""What is asked of people's work: 1,000 signed exceptions, and the tests of a policy weakened."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bundle
import gate
from measure import PENSTOCK, ROOT, Line, command

SIGNED: Final = 1_000
EXPECTED: Final = 1
"""FAIL: it was judged."""
_NAMESPACE: Final = "penstock-exception@v1"
_SIGNER: Final = "frank@example.com"
_ROLES: Final = f"""apiVersion: penstock/v1
kind: Roles
roles:
  security: {{members: [{_SIGNER}], can: [edit_policy, approve_exception]}}
  tech-lead: {{members: [{_SIGNER}], can: [approve_exception]}}
  ciso: {{members: [{_SIGNER}], can: [approve_exception]}}
"""


def lines() -> Iterator[Line]:
    """Judge by a base commit whose exceptions are signed; weaken the default policy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle.write(folder / "bundle")
        commit = _repository(folder / "repository")
        cost = command(
            PENSTOCK, "gate", folder / "bundle", "--base", commit, "--out", folder / "out",
            runs=1, cwd=folder / "repository",
        )  # fmt: skip
    assert cost.code == EXPECTED, cost
    yield Line(f"`gate --base`, {SIGNED:,} signed exceptions: for each, CPU",
               cost.cpu / SIGNED * 1000, 14, "ms")  # fmt: skip
    # 86 mutants, of which 200 may take 10 s.
    mutated = command(PENSTOCK, "policy", "test", "--mutate", ROOT / "policies", runs=1)
    yield Line("`policy test --mutate` on the default policy, CPU", mutated.cpu, 4.3, "s")


def _repository(folder: Path) -> str:
    policies = folder / "policies"
    for name, data in gate.policy_files().items():
        path = policies / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.replace(b"approvals: {default: 0}", b"approvals: {default: 1}"))
    (policies / "roles.yaml").write_text(_ROLES)
    key = folder.with_name("key")
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", _SIGNER, "-f", str(key))
    kind, blob, *_ = key.with_suffix(".pub").read_text().split()
    (policies / "allowed_signers").write_text(f"{_SIGNER} {kind} {blob}\n")
    for path in sorted((policies / "exceptions").glob("*.yaml")):
        _run("ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", _NAMESPACE, str(path))
        shutil.move(f"{path}.sig", path.with_name(f"{path.name}.{_SIGNER}.sig"))
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "policy")):
        _run("git", *words, cwd=folder)
    return _run("git", "rev-parse", "HEAD", cwd=folder)


def _run(*words: str, cwd: Path | None = None) -> str:
    person = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
    person |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **person}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
