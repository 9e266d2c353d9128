"""The GitHub action that signs, started as its runner starts it, with an identity on loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ceremony import Ceremony
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Ceremony]:
    with FakeSigstore() as fake, MiniRegistry() as registry:
        yield Ceremony(fake, registry, tmp_path)


def acted(one: Ceremony, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(one.folder),
        "GITHUB_OUTPUT": str(one.folder / "outputs"),
        "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/release.yml@refs/heads/main",
        "PENSTOCK_INPUT_IMAGE": one.ref,
        "PENSTOCK_INPUT_BUNDLE": str(one.bundle),
        "PENSTOCK_INPUT_TRUST": str(one.trust_file),
        **more,
    }
    command = [sys.executable, "-I", "-m", "pipeline.cli.workflow.signing"]
    return subprocess.run(
        command, env=environment, cwd=one.folder,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_job_with_an_identity_signs_what_a_deployer_can_verify(judged: Ceremony) -> None:
    done = acted(judged, **judged.fake.github_environment())
    assert done.returncode == 0, done.stderr
    judged.whole()
    assert judged.verify().code == 0
    outputs = (judged.folder / "outputs").read_text()
    assert "\ntrue\n" in outputs
    assert str(judged.bundle / "signing.json") in outputs


def test_a_job_without_the_permission_learns_it_and_pushes_nothing(judged: Ceremony) -> None:
    done = acted(judged, GITHUB_ACTIONS="true")
    assert done.returncode == 3
    assert "id-token: write" in done.stderr
    assert "\nfalse\n" in (judged.folder / "outputs").read_text()
    judged.nothing_pushed()
