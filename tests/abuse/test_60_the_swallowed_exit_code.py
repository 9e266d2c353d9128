"""Abuse 60: `|| true`, `set +e`, a swallowed exit code in the script around the gate."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.model.artifact import sha256_file
from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from tests.support.ceremony import Ceremony
from tests.support.command import PENSTOCK, penstock
from tests.support.judging import done, gap, package
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER, stages
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SCRIPT = """
set +e
"$PENSTOCK" gate "$BUNDLE" || true
"$PENSTOCK" sign "$SRC" --bundle "$BUNDLE" --verifier "$VERIFIER" --trust "$TRUST" \\
    --identity-token-file "$TOKEN" || true
"$PENSTOCK" promote "$SRC" "$DST" --policy "$POLICY"
true
"""
"""The whole release, by somebody who wants it green."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


def unanswered() -> Any:
    first, *rest = stages()
    broken = done(3, gap(first.stage, GapReason.TIMEOUT, "app/db.py"))
    return {"stages": (msgspec.structs.replace(first, outcome=broken), *rest)}


JUDGED: dict[str, Any] = {
    "FAIL": lambda: {"findings": (package(severity=Severity.CRITICAL),)},
    "INCONCLUSIVE": unanswered,
}


def release(one: Ceremony, target: str) -> subprocess.CompletedProcess[str]:
    _, trust, _, token = one.words
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(one.folder), "LC_ALL": "C.UTF-8",
        "PENSTOCK": str(PENSTOCK), "BUNDLE": str(one.bundle), "SRC": one.ref, "DST": target,
        "VERIFIER": VERIFIER, "TRUST": str(trust), "TOKEN": str(token),
        "POLICY": str(one.folder / "verify.yaml"),
    }  # fmt: skip
    return subprocess.run(["/bin/sh", "-c", SCRIPT], env=environment, capture_output=True,
                          text=True, timeout=120, check=False)  # fmt: skip


def test_the_script_releases_what_passed(fake: FakeSigstore, tmp_path: Path) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path, command=penstock)
        done = release(one, f"{registry.address}/prod/app:live")
        assert done.returncode == 0, done.stderr
        assert registry.held("prod/app").tags == {"live": one.digest}, done.stdout + done.stderr


@pytest.mark.parametrize("word", JUDGED)
def test_a_green_script_deploys_nothing_that_did_not_pass(
    fake: FakeSigstore, tmp_path: Path, word: str
) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path, command=penstock, **JUDGED[word]())
        assert json.loads((one.bundle / "verdict.json").read_bytes())["verdict"] == word
        done = release(one, f"{registry.address}/prod/app:live")
        assert done.returncode == 0, "the attack: everything looks green"
        assert "promoted:" not in done.stdout
        assert registry.held("prod/app").tags == {}
        assert registry.held("prod/app").manifests == {}
        told = one.verify()
        assert (told.code, told.out.split()[0]) == (1, "REFUSED")


@pytest.mark.parametrize("digests", [False, True], ids=["verdict alone", "digests too"])
def test_a_verdict_that_the_script_wrote_itself_is_not_signed(
    fake: FakeSigstore, tmp_path: Path, *, digests: bool
) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path, command=penstock, **unanswered())
        verdict, run = one.bundle / "verdict.json", one.bundle / "run.json"
        verdict.write_bytes(verdict.read_bytes().replace(b"INCONCLUSIVE", b"PASS"))
        if digests:
            told = json.loads(run.read_bytes())
            told["files"]["verdict.json"] = sha256_file(verdict)
            run.write_text(json.dumps(told))
        done = one.sign()
        assert done.code == 3
        assert ("does not recompute" if digests else "was altered") in done.err
        one.nothing_pushed()


def test_no_verdict_file_is_no_pass(fake: FakeSigstore, tmp_path: Path) -> None:
    with MiniRegistry() as registry:
        one = Ceremony(fake, registry, tmp_path, command=penstock)
        (one.bundle / "verdict.json").unlink()
        done = one.sign()
        assert done.code == 3
        assert "lacks verdict.json" in done.err
        one.nothing_pushed()
