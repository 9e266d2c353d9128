"""A workbench for faults: the mended shop, a policy that asks one stage, tools of its own."""

import os
import re
import shutil
from pathlib import Path
from typing import Final

from pipeline.model.artifact import Tool
from pipeline.stages import STAGES
from pipeline.toolchain import lock as locks
from pipeline.toolchain import note
from pipeline.toolchain.locate import default_root, locate
from tests.support.command import Bundle, Ran, penstock

MENDED: Final = Path(__file__).parents[2] / "examples" / "shop-fixed"
TOOL: Final = {
    "semgrep": "semgrep",
    "pip-audit": "pip-audit",
    "image": "trivy",
    "config": "trivy",
    "secrets": "trivy",
    "packages": "trivy",
    "workflows": "zizmor",
    "sbom": "cyclonedx-bom",
}
"""The tool whose faults each stage is tried with."""
SLOW_TIMEOUT: Final = "2s"


class Bench:
    """One stage's workbench. Everything is on disk; `penstock run` itself is unmodified."""

    def __init__(self, folder: Path, stage: str) -> None:
        self.folder, self.stage = folder, stage
        self.shop = folder / "shop"
        self.root = folder / "tools"
        self._runs = 0
        shutil.copytree(MENDED, self.shop, ignore=shutil.ignore_patterns(".penstock"))
        self._ask_only(stage)
        self.real = _real_programs()
        for name in self.real:
            self.mend(name)

    def run(self) -> tuple[Ran, Bundle]:
        """Run Penstock on the shop with the tools of this bench."""
        self._runs += 1
        out = self.folder / f"out-{self._runs}"
        done = penstock("run", self.shop, "--out", out, extra={"PENSTOCK_TOOLS": str(self.root)})
        return done, Bundle(out)

    def mend(self, name: str) -> None:
        """Put a program in place that starts the real tool and does nothing else."""
        self.program(name, f'#!/bin/sh\nexec "{self.real[name]}" "$@"\n')
        self.timeout(None)

    def program(self, name: str, script: str, *, mode: int = 0o755) -> Path:
        """Install a script as a tool of the lock: noted, so that it counts as locked."""
        tool = locks.read().tools[name]
        folder = self.root / locks.folder_name(name, tool)
        shutil.rmtree(folder, ignore_errors=True)
        place = folder / os.path.relpath(self.real[name], self._home(name))
        place.parent.mkdir(parents=True)
        place.write_text(script)
        place.chmod(mode)
        note.write(
            folder,
            name=name,
            version=tool.version,
            made_from=locks.made_from(name, tool),
            program=place.relative_to(folder).as_posix(),
        )
        return place

    def remove(self, name: str) -> None:
        """Take a tool away."""
        shutil.rmtree(self.root / locks.folder_name(name, locks.read().tools[name]))

    def timeout(self, text: str | None) -> None:
        """Set the time limit of the stage, or leave the default."""
        file = self.shop / "penstock.toml"
        kept = re.sub(r"\n\[stages\..*", "", file.read_text(), flags=re.DOTALL)
        more = f'\n[stages.{self.stage}]\ntimeout = "{text}"\n' if text else ""
        file.write_text(kept + more)

    def _home(self, name: str) -> Path:
        tool = locks.read().tools[name]
        return default_root(os.environ) / locks.folder_name(name, tool)

    def _ask_only(self, stage: str) -> None:
        """Let the policy require this stage and no other."""
        lines = "".join(
            f"    {name}: {{required: {'always' if name == stage else 'no'}}}\n" for name in STAGES
        )
        file = self.shop / "policies" / "gate.yaml"
        text = re.sub(
            r"(?<=  stages:\n)(?:    .*\n)+", lines.replace("\\", "\\\\"), file.read_text()
        )
        assert text != file.read_text()
        file.write_text(text)


def _real_programs() -> dict[str, str]:
    found = locate(list(locks.read().tools), root=default_root(os.environ), overrides={})
    programs = {name: tool.path for name, tool in found.items() if isinstance(tool, Tool)}
    assert programs.keys() == found.keys(), found
    return programs
