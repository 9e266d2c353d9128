"""Asks Go's own module proxy: which releases of a module there are, of what day."""

import json
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pipeline.errors import PenstockError
from pipeline.toolchain import golang
from pipeline.toolchain.lock import GoTool
from pipeline.toolchain.steps import Site, call

_RELEASE: Final = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_LOOKED_AT: Final = 20
"""Releases that are asked for their day before none is old enough."""


class Modules:
    """A Go that is new enough for a tool, and what it says of the tool's module."""

    def __init__(self, name: str, tool: GoTool, site: Site) -> None:
        self._name, self._tool, self._site = name, tool, site
        self._module = tool.source.removeprefix("pkg:golang/")
        self._go = golang.compiler(name, tool, site)
        self._empty = site.work / "asking"
        self._empty.mkdir(exist_ok=True)
        (self._empty / "go.mod").write_text("module penstock.local/asking\n", encoding="utf-8")

    def newest(self, before: datetime) -> str:
        """Return the newest release of before an instant. Raises PenstockError for none."""
        listed = self._ask("list", "-m", "-versions", "-json", self._module).get("Versions", [])
        plain = [one for one in map(str, listed) if _RELEASE.fullmatch(one)]
        for version in sorted(plain, key=golang.numbers, reverse=True)[:_LOOKED_AT]:
            if self.released(version.removeprefix("v")) <= before:
                return version.removeprefix("v")
        raise PenstockError(f"{self._name}: no release of {self._module} is old enough")

    def released(self, version: str) -> datetime:
        """Return when a release was made, as the proxy says."""
        said = self._ask("list", "-m", "-json", f"{self._module}@v{version}")
        return datetime.fromisoformat(str(said["Time"]))

    def update(self, folder: Path, version: str) -> None:
        """Write `go.mod` and `go.sum` for another version into a copy of the module's folder."""
        self._site.noted(self._name, f"resolving {self._module} v{version}")
        shutil.copytree(self._site.home.tools / self._tool.module, folder, dirs_exist_ok=True)
        self._run(folder, "get", "-tool", f"{self._tool.package}@v{version}")
        self._run(folder, "mod", "tidy")

    def _ask(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._run(self._empty, *words))
        return found

    def _run(self, cwd: Path, *words: str) -> bytes:
        env = {**golang.environment(self._site), "GOFLAGS": "-mod=mod"}
        return call((self._go, *words), name=self._name, cwd=cwd, env=env, site=self._site)
