"""`penstock roles report`, with real keys and signatures."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.attacked import STRICT, Repository
from tests.support.command import penstock
from tests.support.keys import except_it, key_of, trust

pytestmark = pytest.mark.tools


def test_a_key_was_used_when_a_signature_of_it_holds(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT)
    alice = key_of("alice@example.com", tmp_path)
    trust(made, "alice@example.com", alice)
    except_it(made, "a" * 32, "alice@example.com", alice)
    base = made.commit(GIT_AUTHOR_EMAIL="alice@example.com")
    for words in ((), ("--base", base)):
        done = penstock("roles", "report", "--format", "json", *words, cwd=made.path)
        assert done.code == 0, done.err
        [person] = json.loads(done.out)["people"]
        assert person["person"] == "alice@example.com"
        assert person["keys"][0]["last_used"] == datetime.now(UTC).date().isoformat()
        assert person["last_edit"] is not None
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{alice}.pub"], capture_output=True, text=True, check=True
    )
    told = penstock("roles", "report", cwd=made.path).out
    assert said.stdout.split()[1] in told
    assert "NOT ENFORCED" in told


def test_a_base_that_cannot_be_read_shows_no_roles(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository")
    made.commit()
    done = penstock("roles", "report", "--base", "main", cwd=made.path)
    assert (done.code, done.out) == (3, "")
    assert penstock("roles", "report", "--format", "xml", cwd=made.path).code == 2
