"""Asks one stage about a small tree, with the real tool or with reports that were recorded."""

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.inventory import take
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import ToolError
from pipeline.model.inventory import BadImage, Image, Inventory, Origin, SourceFile
from pipeline.model.outcome import Answer, Completed, account
from pipeline.resources import policies
from pipeline.stages.base import Job, Options, Stage
from pipeline.toolchain import lock, process
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.locate import default_root, locate

PACK: Final = policies() / "semgrep"


def plant(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def listed(
    root: Path,
    *,
    tree: Path,
    images: Iterable[Image | BadImage] = (),
    exclude: tuple[str, ...] = (),
) -> Inventory:
    """Take the inventory of a folder, and lay its copy below `tree`."""
    return take.take(take.Request(root=root, exclude=exclude), tree=tree, images=tuple(images))


def bare(**fields: Any) -> Inventory:
    """Make an inventory by hand: what is not said is empty."""
    empty = Inventory(
        root="/nowhere",
        origin=Origin.FILES,
        commit=None,
        tree=None,
        dirty=None,
        files=(),
        unread=(),
        excluded=(),
        suppressions=(),
        manifests=(),
        pins=(),
        workflows=(),
        iac=(),
        remote_modules=(),
        images=(),
        digest="sha256:" + "1" * 64,
    )
    return msgspec.structs.replace(empty, **fields)


def source(path: str, language: str | None = None, *, binary: bool = False) -> SourceFile:
    """Make a listed file."""
    return SourceFile(path=path, size=1, language=language, binary=binary, sha256="0" * 64)


def job(
    name: str,
    stage: Stage,
    inventory: Inventory,
    *,
    place: Path,
    tools: Mapping[str, Tool | ToolError],
    feeds: Mapping[str, Feed | ToolError] | None = None,
    rules: tuple[Path, ...] = (PACK,),
    cores: int = 2,
) -> Job:
    """Make what a stage may know; its copy is in `place/tree`, its reports in `place/work`."""
    options = Options(rules=rules)
    return Job(
        stage=name,
        tree=place / "tree",
        work=place / "work",
        word="a1b2c3d4",
        inventory=inventory,
        scope=stage.scope(inventory, options),
        tools=tools,
        feeds=feeds or {},
        options=options,
        cores=cores,
    )


def fake_tools(*names: str) -> dict[str, Tool | ToolError]:
    """Make tools of the locked versions, that are never started."""
    tools = lock.read().tools
    return {
        name: Tool(
            name=name, version=tools[name].version, path=f"/tools/{name}", sha256="0", locked=True
        )
        for name in names
    }


def real_tools(*names: str) -> dict[str, Tool | ToolError]:
    """Find the installed scanners; one that is not there fails the test by name."""
    found = locate(names, root=default_root(os.environ), overrides={})
    for tool in found.values():
        assert isinstance(tool, Tool), tool
    return found


def run(
    stage: Stage, asked: Job, *, known: Mapping[str, Report | ToolError] | None = None
) -> dict[str, Report | ToolError]:
    """Run the stage's commands one after the other, as the runner would.

    What is known by its label is not run again.
    """
    done = known or {}
    commands = stage.commands(asked)
    for command in commands:
        for path, data in command.inputs:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return {
        command.label: done.get(command.label) or _run(command, asked.work / "private")
        for command in commands
    }


def _run(command: Command, private: Path) -> Report | ToolError:
    return process.run(command, private=private, stop=threading.Event()).result


def answer(stage: Stage, asked: Job) -> Answer:
    """Run the stage and read what it found."""
    return stage.parse(asked, run(stage, asked))


def completed(name: str, asked: Job, answered: Answer) -> tuple[Completed, dict[str, str]]:
    """Hold an answer against what was asked."""
    return account(name, asked.scope, answered)


def report(label: str, data: bytes, *, stderr: str = "", exit_code: int = 0) -> Report:
    """Make a report as the process room would hand it over."""
    return Report(label=label, data=data, exit_code=exit_code, stderr=stderr)
