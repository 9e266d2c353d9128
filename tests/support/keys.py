"""Real keys, roles and signatures for a repository of a test."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pipeline.model.approval import EXCEPTION
from tests.support.attacked import Repository

ROLES: Final = """apiVersion: penstock/v1
kind: Roles
roles:
  security: {{members: [{member}], can: [edit_policy, approve_exception]}}
"""


def key_of(person: str, place: Path) -> Path:
    path = place / person
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(path)]
    subprocess.run(words, check=True)
    return path


def trust(made: Repository, person: str, key: Path) -> None:
    made.write("policies/roles.yaml", ROLES.format(member=person))
    kind, blob, *_ = key.with_suffix(".com.pub").read_text().split()
    made.write("policies/allowed_signers", f"{person} {kind} {blob}\n")


def write_exception(made: Repository, match_key: str) -> Path:
    today = datetime.now(UTC).date()
    return made.write(
        "policies/exceptions/EX-1.yaml",
        f"""apiVersion: penstock/v1
kind: Exception
id: EX-1
rules: [R-1]
target: {{match_key: "{match_key}"}}
approved_at_severity: high
owner: owner@example.com
requester: requester@example.com
ticket: SEC-1
reason: A reason that is as long as the policy wants a reason to be.
created: {today}
expires: {today + timedelta(days=10)}
""",
    )


def except_it(made: Repository, match_key: str, person: str, key: Path) -> None:
    path = write_exception(made, match_key)
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", EXCEPTION, str(path)]
    subprocess.run(words, check=True)
    path.with_name("EX-1.yaml.sig").rename(path.with_name(f"EX-1.yaml.{person}.sig"))
