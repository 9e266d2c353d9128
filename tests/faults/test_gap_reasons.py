"""Every reason that a gap can have is produced once by the real thing."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from pipeline.model.gap import GapReason
from tests.faults.reasons import BY_A_SIGNAL, PRODUCED, Made
from tests.faults.toolroot import ToolRoot
from tests.support.command import PENSTOCK, Bundle, penstock
from tests.support.small import repository
from tests.support.toys import living

pytestmark = pytest.mark.tools


_SLOW: Final = {
    GapReason.LIMIT,
    GapReason.NOT_LISTED,
    GapReason.LFS_POINTER,
    GapReason.IGNORED_BY_TOOL,
    GapReason.REMOTE_MODULE,
    GapReason.LINK_OUTSIDE,
    GapReason.SUBMODULE,
}
"""These take a run of Trivy or semgrep, and `make test` sees them elsewhere as well."""


def test_no_reason_is_left_out() -> None:
    assert sorted([*PRODUCED, BY_A_SIGNAL]) == sorted(GapReason)


@pytest.mark.parametrize(
    ("reason", "made"),
    [
        pytest.param(
            reason, made, id=str(reason), marks=pytest.mark.slow if reason in _SLOW else ()
        )
        for reason, made in PRODUCED.items()
    ],
)
def test_it_is_produced_and_stands_where_it_belongs(
    reason: GapReason, made: Made, tmp_path: Path
) -> None:
    order = made.lay(tmp_path)
    out = tmp_path / "out"
    done = penstock(
        *order.words, "run", order.folder, "--out", out, *order.arguments,
        cwd=order.cwd, extra=order.environment, program=order.program,
    )  # fmt: skip
    assert done.code == 3, done
    missing = Bundle(out).unanswered()
    assert (made.stage, made.target, reason.value) in missing, missing
    if made.stage is not None:
        assert {stage for stage, _, _ in missing} == {made.stage}


def test_a_run_that_is_stopped_says_so(tmp_path: Path) -> None:
    tools = ToolRoot(tmp_path / "tools")
    program = tools.put("zizmor", "#!/bin/sh\nsleep 600\n")
    folder = repository(tmp_path / "repository")
    words = (str(PENSTOCK), "run", str(folder), "--out", str(tmp_path / "out"))
    environment = {**os.environ, "PENSTOCK_TOOLS": str(tools.path)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, env=environment, stdout=quiet, stderr=quiet) as process:
        until = time.monotonic() + 30
        while not living(program) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    missing = Bundle(tmp_path / "out").unanswered()
    assert missing == {(None, None, "interrupted"), ("workflows", None, "interrupted")}
