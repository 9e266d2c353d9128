"""`penstock explain` as people go on from it: what it prints is run as it stands."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.model.severity import Severity
from tests.support import judging
from tests.support.command import Ran, penstock
from tests.support.excepted import SAID, Workshop

pytestmark = pytest.mark.tools


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def explained(shop: Workshop, bundle: Path, *arguments: str) -> str:
    """Read an explanation, the lines of a command as a shell does."""
    done = penstock("explain", bundle, *arguments, cwd=shop.path)
    assert done.code == 0, done.err
    return re.sub(r" \\\n +", " ", done.out)


def filed(shop: Workshop, line: str) -> Ran:
    """Run the command of a line, and answer what it would ask."""
    first, *arguments = shlex.split(line)
    assert first == "penstock"
    return penstock(*arguments, *SAID, cwd=shop.path)


def commands(said: str) -> list[str]:
    lines = [line.strip() for line in said.splitlines()]
    return [line for line in lines if line.startswith("penstock exception")]


def test_what_the_plan_prints_passes_once_those_approve_whom_it_names(shop: Workshop) -> None:
    critical = judging.package("b", "1", cve="CVE-2026-2", severity=Severity.CRITICAL)
    evidence = shop.bundle(judging.package(), critical, out="my evidence")
    written = commands(explained(shop, evidence, "--verdict"))
    plan = json.loads(explained(shop, evidence, "--verdict", "--format", "json"))["plan"]
    assert (len(written), len(plan["actions"]), plan["passes"]) == (3, 3, True)
    for number, (line, action) in enumerate(zip(written, plan["actions"], strict=True), 1):
        done = filed(shop, line)
        assert done.code == 0, done.err
        asked = action["approval"]
        for who in asked["holders"][: asked["needed"]]:
            ident = f"EX-{datetime.now(UTC):%Y}-{number:04}"
            assert shop.approve(ident, who.partition("@")[0], "--bundle", str(evidence)).code == 0
    gate = penstock("gate", evidence, "--policy", "policies", cwd=shop.path)
    assert gate.code == 0, gate.out


def test_what_has_ended_is_renewed_by_the_command_that_is_printed(shop: Workshop) -> None:
    ended = judging.exception("EX-2026-0001", created="2026-01-05", expires="2026-01-20")
    shop.write("policies/exceptions/EX-2026-0001.yaml", ended)
    evidence = shop.bundle(judging.package())
    (line,) = commands(explained(shop, evidence, "--verdict"))
    assert line.startswith("penstock exception renew EX-2026-0001 --days 30")
    done = filed(shop, line)
    assert done.code == 0, done.err
    (new,) = set(shop.exceptions()) - {"EX-2026-0001.yaml"}
    text = (shop.path / "policies/exceptions" / new).read_text()
    assert re.search(r"^supersedes: EX-2026-0001", text, re.MULTILINE)
