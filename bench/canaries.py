"""What the planted known-bad inputs cost each stage: its processes with them, and without."""

import statistics
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import whole
from measure import ROOT, Line

from examples.support import oci_image
from pipeline.feeds import osv, trivy_db
from pipeline.model.artifact import Feed
from pipeline.oci.image import open_image
from pipeline.stages import STAGES
from pipeline.stages.base import Job
from pipeline.stages.image import stage as image
from pipeline.toolchain import lock, process
from pipeline.toolchain.command import Command
from tests.support import staging

RUNS: Final = 3
_LINE: Final = b"penstock-canary=="
_FEEDS: Final = ROOT / "examples" / "shop-fixed" / "feeds"


def lines() -> Iterator[Line]:
    """Ask every stage about 100,000 lines of Python and an image with Python's own library."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        whole.large(folder / "target")
        _image(folder / "target" / "image")
        spent: dict[str, dict[bool, list[float]]] = {}
        for number in range(RUNS):
            for planted in (True, False):
                place = folder / f"{number}-{planted}"
                for stage, cpu in _asked(folder / "target", place, planted=planted):
                    spent.setdefault(stage, {True: [], False: []})[planted].append(cpu)
    for stage, took in spent.items():
        with_it, without = (statistics.median(took[planted]) for planted in (True, False))
        share = 100 * (with_it - without) / without
        print(f"| canary of {stage}: CPU with and without | {with_it:.2f} s, {without:.2f} s | | |")
        yield Line(f"canary of {stage}, of the stage's CPU", max(share, 0.0), 5.0, "%")


def _image(folder: Path) -> None:
    """Write over the example's image one with a layer that takes its time."""
    library = oci_image.directory(Path(sysconfig.get_path("stdlib")), "srv/python")
    packages = (oci_image.Deb("tzdata", "2024a-0+deb12u1"),)
    base = oci_image.os_release("debian", "12") | oci_image.dpkg(*packages)
    oci_image.write_layout(folder / "large", oci_image.Image(layers=(base, library)))


def _asked(target: Path, place: Path, *, planted: bool) -> Iterator[tuple[str, float]]:
    for part in ("tree", "work", "images"):
        (place / part).mkdir(parents=True)
    opened = open_image("oci:image/large", home=target, private=place / "images")
    inventory = staging.listed(
        target, tree=place / "tree", images=(opened,), exclude=("image/**", "feeds/**")
    )
    tools = staging.real_tools(*lock.read().tools)
    feeds = {"osv": osv.open(_FEEDS / "osv"), "trivy_db": trivy_db.open(_FEEDS / "trivy-db")}
    assert all(isinstance(feed, Feed) for feed in feeds.values()), feeds
    known: dict[str, float] = {}
    for name, stage in STAGES.items():
        job = staging.job(name, stage, inventory, place=place, tools=tools, feeds=feeds)
        commands = stage.commands(job)
        for one in commands:
            if one.label not in known and (planted or not _is_canary(one)):
                known[one.label] = _cpu(job, one if planted else _bare(one))
        yield name, sum(known.get(one.label, 0.0) for one in commands)


def _is_canary(command: Command) -> bool:
    return command.label.endswith("-canary") or command.label == image.PLANTED


def _bare(command: Command) -> Command:
    """Take out of an order what was planted."""
    argv: list[str] = []
    for word in command.argv:
        if word.startswith("canary/") or word.endswith("-canary.json"):
            if argv[-1] == "--config":
                argv.pop()
        else:
            argv.append(word)
    inputs = tuple(
        (path, b"".join(one for one in data.splitlines(keepends=True) if _LINE not in one))
        for path, data in command.inputs
        if "canary" not in str(path.relative_to(command.cwd.parent))
    )
    return msgspec.structs.replace(command, argv=tuple(argv), inputs=inputs)


def _cpu(job: Job, command: Command) -> float:
    for path, data in command.inputs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    ended = process.run(command, private=job.work / "private", stop=threading.Event())
    if ended.usage.exit_code not in command.answers:
        print(f"{command.label}: {ended.result}", file=sys.stderr)
    return ended.usage.cpu_seconds
