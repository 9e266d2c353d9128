"""Secrets in what Trivy passes over in an image."""

import json
from pathlib import Path
from typing import Any

import pytest

from examples.support.oci_image import Entry
from examples.support.oci_image import Image as Built
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Image
from pipeline.model.outcome import Canary
from pipeline.stages.image import stage as image
from pipeline.stages.image.rest import CANARY
from pipeline.toolchain import lock
from pipeline.toolchain.command import Report
from tests.support.trivy import Asked, good_image, job, recorded, verified

BINARY = b"\0\1\2" + b"token-token-token\0"
SECRET = {"RuleID": "github-pat", "Severity": "CRITICAL", "StartLine": 3, "EndLine": 3}
PLANTED = {
    "Target": CANARY,
    "Class": "secret",
    "Secrets": [SECRET | {"RuleID": "aws-access-key-id"}],
}


@pytest.fixture
def opened(tmp_path: Path) -> Image:
    return verified(tmp_path, Built(layers=(*good_image().layers, {"app/server": Entry(BINARY)})))


def asked(tmp_path: Path, opened: Image, *results: Any) -> Asked:
    """Return the recorded answers of the image stage, and one that says these results."""
    document = {
        "SchemaVersion": 2,
        "Trivy": {"Version": lock.read().tools["trivy"].version},
        "ArtifactType": "filesystem",
        "CreatedAt": "2026-11-01T00:00:00Z",
        "Results": results,
    }
    label = "image-1-rest"
    report = Report(label=label, data=json.dumps(document).encode(), exit_code=0, stderr="")
    others = ("image-1", "image-1-canary", "image-secrets")
    reports = {label: report, **{one: recorded("image", one) for one in others}}
    return Asked(job("image", tmp_path, images=(opened,)), reports)


def test_a_process_of_its_own_reads_what_is_left(tmp_path: Path, opened: Image) -> None:
    commands = image.commands(asked(tmp_path, opened).job)
    assert [one.label for one in commands][2] == "image-1-rest"
    written = dict(commands[2].inputs)
    assert Path(opened.rest_folder) / CANARY in written
    assert Path(opened.rest_folder) in commands[2].reads
    assert opened.rest.names == ("app/server",)


def test_a_secret_is_told_under_the_name_of_its_file(tmp_path: Path, opened: Image) -> None:
    result = {"Target": "1.txt", "Class": "secret", "Secrets": [SECRET, SECRET]}
    answer = asked(tmp_path, opened, PLANTED, result).answer
    found = [one for one in answer.findings if one.rule == "github-pat"]
    assert [one.target for one in found] == [opened.ref] * 2
    assert len({one.id for one in found}) == 2
    assert "/app/server, line 3" in found[0].message
    assert answer.canary is Canary.FOUND


def test_a_secret_that_was_planted_and_is_not_found_is_missed(
    tmp_path: Path, opened: Image
) -> None:
    assert asked(tmp_path, opened).answer.canary is Canary.MISSED


def test_the_planted_secret_is_no_finding(tmp_path: Path, opened: Image) -> None:
    answer = asked(tmp_path, opened, PLANTED).answer
    assert not [one for one in answer.findings if one.kind.value == "secret"]


@pytest.mark.parametrize("target", ["2.txt", "0.txt", "01.txt", "x", "../1.txt", "1.txt\n"])
def test_a_secret_in_what_was_not_given_is_no_report(
    target: str, tmp_path: Path, opened: Image
) -> None:
    result = {"Target": target, "Class": "secret", "Secrets": [SECRET]}
    with pytest.raises(ToolError) as caught:
        _ = asked(tmp_path, opened, PLANTED, result).answer
    assert caught.value.reason is GapReason.TOOL_OUTPUT
