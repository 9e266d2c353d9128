"""Break-glass and approvals in a whole `penstock run --base`, and where no ssh-keygen is there."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from pipeline.model.approval import BREAK_GLASS
from tests.support.attacked import BAD, STRICT, Repository
from tests.support.command import Bundle, penstock
from tests.support.signing import Signer

pytestmark = pytest.mark.tools
CAROL: Final = "carol@example.com"
ROLES: Final = f"""apiVersion: penstock/v1
kind: Roles
roles:
  security: {{members: [{CAROL}], can: [approve_exception, approve_break_glass]}}
"""
RECORD: Final = "policies/break-glass/BG-1.yaml"


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    """A repository whose change is harmful, under a policy that signatures are asked of."""
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT.replace("{default: 0}", "{default: 1}"))
    made.write("policies/roles.yaml", ROLES)
    return made


def accepting(made: Repository, carol: Signer) -> tuple[str, str]:
    """Commit harm, and on top of it a signed record for it; leave the harm checked out."""
    made.write("policies/allowed_signers", carol.line)
    made.write(".github/workflows/ci.yml", BAD)
    harm = made.commit("harm")
    begun = datetime.now(UTC) - timedelta(hours=1)
    said = {
        "apiVersion": "penstock/v1",
        "kind": "BreakGlass",
        "id": "BG-1",
        "commit": harm,
        "reason": "The shop is down, and what is flagged is not in the way of the repair.",
        "requester": "erin@example.com",
        "created": f"{begun:%Y-%m-%dT%H:%M:%SZ}",
        "expires": f"{begun + timedelta(hours=23):%Y-%m-%dT%H:%M:%SZ}",
    }
    text = json.dumps(said).encode()
    made.write(RECORD, text)
    made.write(f"{RECORD}.{carol.name}.sig", carol.sign(text, BREAK_GLASS))
    base = made.commit("accept", GIT_AUTHOR_EMAIL="erin@example.com")
    made.git("checkout", "-q", harm)
    return harm, base


def test_a_run_stays_a_fail_and_lists_the_record(made: Repository, tmp_path: Path) -> None:
    harm, base = accepting(made, Signer(tmp_path, CAROL))
    done, bundle = made.run("--base", base, "--env", "main")
    assert (done.code, bundle.verdict["verdict"], bundle.unanswered()) == (1, "FAIL", set())
    (record,) = bundle.verdict["break_glass"]
    assert (record["status"], record["commit"]) == ("accepted", harm)
    assert record["approved_by"] == [CAROL]
    assert "BG-1" in done.out
    made.write("later.txt", "x")
    done, bundle = made.run("--base", base, "--env", "main")
    assert (done.code, bundle.verdict["break_glass"][0]["status"]) == (1, "refused")


def test_where_ssh_keygen_is_missing_a_signature_leaves_a_question_open(
    made: Repository, tmp_path: Path
) -> None:
    unshared = without_ssh_keygen()
    harm, base = accepting(made, Signer(tmp_path, CAROL))
    out = tmp_path / "out"
    words = ("run", made.path, "--out", out, "--base", base, "--env", "main")
    done = penstock(*words, prefix=unshared, extra={"CI": "true"})
    verdict = Bundle(out).verdict
    assert (done.code, verdict["verdict"]) == (1, "FAIL")
    assert verdict["break_glass"][0]["status"] == "refused"
    assert "ssh-keygen is not installed" in verdict["break_glass"][0]["reason"]
    (gap,) = verdict["unanswered"]
    assert gap["reason"] == "tool_missing"
    assert "install OpenSSH" in gap["detail"]
    # Nothing that fails is left: what nobody could check is still open.
    made.git("checkout", "-q", "-b", "harmless", harm)
    made.write(".github/workflows/ci.yml", BAD.replace("github.event.issue.title", "github.sha"))
    made.commit("mend")
    second = tmp_path / "second"
    words = ("run", made.path, "--out", second, "--base", base, "--env", "main")
    done = penstock(*words, prefix=unshared, extra={"CI": "true"})
    assert (done.code, Bundle(second).verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert "ssh-keygen is not installed" in done.out


def without_ssh_keygen() -> tuple[str, ...]:
    """Return what starts a program where /dev/null lies over every ssh-keygen."""
    places = {Path(f"/{folder}/ssh-keygen").resolve() for folder in ("usr/bin", "bin")}
    places |= {Path(found).resolve() for found in (shutil.which("ssh-keygen"),) if found}
    mounts = "".join(f"mount --bind /dev/null {one} && " for one in sorted(places) if one.is_file())
    words = ("unshare", "-r", "-m", "sh", "-c", f'{mounts}exec "$@"', "sh")
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("no program may be hidden here (mount namespaces)")
    return words
