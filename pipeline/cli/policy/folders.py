"""Reads the policy that its author works on: a folder of the working tree, whatever CI says."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import typer

from pipeline.config.trust import PolicyFiles
from pipeline.policy.model import Policy

Folder: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="[DIR]", help="The folder with gate.yaml; the one `run` would take."),
]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with the files that it was read from."""

    policy: Policy
    files: PolicyFiles
    stages: tuple[str, ...]

    @property
    def where(self) -> str:
        """The folder as the user would type it."""
        return self.files.source.removeprefix("working-tree:")


def read(
    folder: str | None,
    *,
    environment: Mapping[str, str],
    now: datetime,
    base: str | None = None,
    env: str | None = None,
) -> Draft:
    """Read a policy folder. Without a base commit named, the environment's is left aside."""
    from pipeline.cli import request
    from pipeline.config.settings import Flags
    from pipeline.policy.loading.demands import LATER
    from pipeline.stages import STAGES

    names = ("PENSTOCK_BASE", "PENSTOCK_POLICY") if folder else ("PENSTOCK_BASE",)
    said = {name: value for name, value in environment.items() if name not in names}
    flags = Flags(target=Path(), policy=folder, base=base, env=env)
    asked = request.read(flags, environment=said, now=now)
    stages = (*STAGES, *LATER)
    return Draft(policy=asked.policy, files=asked.policy_files, stages=stages)
