"""A policy that cannot judge an environment is refused at once, not after all the scans."""

from pathlib import Path

import pytest

from tests.support.command import penstock
from tests.support.small import repository

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize("environment", ["release", "weekly"])
def test_excerpts_of_feeds_are_refused_before_anything_is_scanned(
    tmp_path: Path, command: str, environment: str
) -> None:
    done = penstock(command, repository(tmp_path), "--env", environment)
    assert (done.code, done.out) == (2, "")
    assert "gate.yaml:5:3" in done.err
    assert "started" not in done.err
    assert not (tmp_path / ".penstock").exists()
