"""kill -9 at any moment: no process is left, the bundle is whole or absent, the next run clean."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipeline.bundle import place as placing
from pipeline.bundle.exchange import exchange
from pipeline.bundle.read import read
from tests.support.command import PENSTOCK, Bundle
from tests.support.small import repository

pytestmark = pytest.mark.tools

SHOP = Path(__file__).parents[2] / "examples" / "shop-fixed"
STEPS = 12
OLD = {"run.json": b'{"schema": "penstock/run@1", "a": "old"}', "sub/file": b"old"}
NEW = {"run.json": b'{"schema": "penstock/run@1", "a": "new"}', "sub/file": b"new"}


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def dies_at(step: int, *, exchanges: bool) -> Iterator[int]:
    """Let a child place a bundle and end before, or after, its nth step."""
    seen = count()

    def counted(does: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*arguments: Any, **named: Any) -> Any:
            if next(seen) == step:
                os._exit(9)
            done = does(*arguments, **named)
            if next(seen) == step:
                os._exit(9)
            return done

        return instead

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "exchange", counted(exchange) if exchanges else _cannot)
        patch.setattr(Path, "write_bytes", counted(Path.write_bytes))
        patch.setattr(Path, "rename", counted(Path.rename))
        patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
        yield 0


def _cannot(*_: Path) -> bool:
    return False


@pytest.mark.parametrize("exchanges", [True, False], ids=["in one step", "in two steps"])
@pytest.mark.parametrize("step", range(STEPS))
def test_killed_at_any_step_of_writing_a_bundle(
    tmp_path: Path, step: int, *, exchanges: bool
) -> None:
    out = tmp_path / "out"
    placing.place(out, dict(OLD))
    if (child := os.fork()) == 0:
        for _ in dies_at(step, exchanges=exchanges):
            placing.place(out, dict(NEW))
        os._exit(0)
    os.waitpid(child, 0)
    assert files(out) in (OLD, NEW) or (not exchanges and not out.exists())
    placing.mend(out)
    assert files(out) in (OLD, NEW)
    placing.place(out, dict(NEW))
    assert files(out) == NEW
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def start(target: Path, place: Path) -> subprocess.Popen[bytes]:
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "PENSTOCK_TOOLS") if name in os.environ
    }
    (place / "tmp").mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [PENSTOCK, "run", target, "--out", place / "out", "--progress", "none"],
        env={**kept, "TMPDIR": str(place / "tmp"), "XDG_STATE_HOME": str(place / "state")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def alive(place: Path) -> list[bytes]:
    """Name the processes that were told of this place."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            said = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(place) in said and path.name != str(os.getpid()):
            found.append(said)
    return found


def nobody_is_left(place: Path) -> bool:
    until = time.monotonic() + 10
    while alive(place) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(place)


def judged(place: Path) -> dict[str, object]:
    """Return all that a verdict says, but when it was reached."""
    verdict = Bundle(place / "out").verdict
    assert verdict["verdict"] == "PASS", verdict["unanswered"]
    return {name: said for name, said in verdict.items() if name != "now"}


def killed_at(parts: list[float], target: Path, place: Path) -> None:
    """Kill runs after these parts of the time that a whole one takes, then let one be."""
    undisturbed, disturbed = place / "undisturbed", place / "disturbed"
    began = time.monotonic()
    assert start(target, undisturbed).wait() == 0
    takes = time.monotonic() - began
    for part in parts:
        process = start(target, disturbed)
        time.sleep(part * takes)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert nobody_is_left(disturbed), part
        if (disturbed / "out").exists():
            read(disturbed / "out")
    assert start(target, disturbed).wait() == 0
    read(disturbed / "out")
    assert judged(disturbed) == judged(undisturbed)
    assert [one.name for one in disturbed.glob(".out.*")] == []
    assert list((disturbed / "tmp").iterdir()) == []


def test_killed_at_a_few_moments_of_a_short_run(tmp_path: Path) -> None:
    killed_at([0.15, 0.5, 0.8, 0.95], repository(tmp_path / "repository"), tmp_path)


@pytest.mark.slow
def test_killed_at_fifty_random_moments(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop, ignore=shutil.ignore_patterns(".penstock", "_build"))
    chance = random.Random(6)
    killed_at([chance.uniform(0.0, 1.1) for _ in range(50)], shop, tmp_path)
