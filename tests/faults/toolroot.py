"""A tools root of the test's own, whose tools count as locked whatever they do."""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.model.artifact import Tool
from pipeline.toolchain import lock as locks
from pipeline.toolchain import note
from pipeline.toolchain.locate import default_root, locate

_HONEST: Final = '#!/bin/sh\nexec "{real}" "$@"\n'
_OTHERWISE: Final = """
n=$#
while [ "$n" -gt 0 ]; do
  word="$1"; shift
  case "$word" in */*.txt)
    sed "SCRIPT" "$word" > "$TMPDIR/flat.txt"; word="$TMPDIR/flat.txt";;
  esac
  set -- "$@" "$word"
  n=$((n - 1))
done
"""


@cache
def real_programs() -> dict[str, str]:
    """Return the installed scanners, verified once; one that is missing fails the test by name."""
    found = locate(list(locks.read().tools), root=default_root(os.environ), overrides={})
    programs = {name: tool.path for name, tool in found.items() if isinstance(tool, Tool)}
    assert programs.keys() == found.keys(), found
    return programs


class ToolRoot:
    """Every tool starts the real one, until a fault is put in its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.real = real_programs()
        for name in self.real:
            self.mend(name)

    def mend(self, name: str) -> None:
        """Put a program in place that starts the real tool and does nothing else."""
        self.put(name, _HONEST.format(real=self.real[name]))

    def wrap(self, name: str, before: str, arguments: str = '"$@"') -> None:
        """Put a program in place that does something first, then starts the real tool."""
        self.put(name, f'#!/bin/sh\n{before}\nexec "{self.real[name]}" {arguments}\n')

    def misread(self, name: str, script: str) -> None:
        """Let the real tool read what sed makes of a text file: what it is given stays as it is."""
        self.wrap(name, _OTHERWISE.replace("SCRIPT", script))

    def put(
        self,
        name: str,
        script: str,
        *,
        mode: int = 0o755,
    ) -> Path:
        """Install a script as a tool of the lock: noted, so that it counts as locked."""
        tool = locks.read().tools[name]
        folder = self.folder(name)
        shutil.rmtree(folder, ignore_errors=True)
        place = folder / os.path.relpath(self.real[name], _home(name))
        place.parent.mkdir(parents=True)
        place.write_text(script)
        place.chmod(mode)
        # What an installation links to is shown to its program: the script may start the real one.
        (place.parent / "python").symlink_to(self.real[name])
        note.write(
            folder,
            name=name,
            version=tool.version,
            made_from=locks.made_from(name, tool),
            program=place.relative_to(folder).as_posix(),
        )
        return place

    def install(self, name: str) -> Path:
        """Put a copy of the real tool itself in place, and return its program."""
        folder, home = self.folder(name), _home(name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(home, folder, symlinks=True)
        return folder / os.path.relpath(self.real[name], home)

    def folder(self, name: str) -> Path:
        """Return where a tool of the lock is installed."""
        return self.path / locks.folder_name(name, locks.read().tools[name])


def _home(name: str) -> Path:
    return default_root(os.environ) / locks.folder_name(name, locks.read().tools[name])
