"""Installs a Python tool into a virtual environment that can be moved, and holds nothing else."""

import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.toolchain.lock import VenvTool
from pipeline.toolchain.steps import Site, call

_START: Final = """\
#!/bin/sh
'''exec' "${{0%/*}}/python" -IB -X utf8 "$0" "$@"
' '''
import sys

from {module} import {top}

sys.exit({function}())
"""
"""A program for both sh and Python. It finds its interpreter beside itself, so that the folder may
be renamed and its path may hold spaces. -I keeps the surroundings out, -B the folder as it is."""

_COMPILE: Final = """\
import compileall, py_compile, sys
compileall.compile_dir(sys.argv[1], quiet=2, workers=2, stripdir=sys.argv[1],
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
"""Unchecked: every byte is verified before a run, so no import needs to look at the source again.
Templates and tests that are no valid Python stay uncompiled, and are never imported."""


def build(name: str, tool: VenvTool, folder: Path, site: Site) -> str:
    """Make the environment in an empty folder, and return the program's path in it."""
    make(folder, site)
    install(folder, tool.requirements, name, site)
    packages = site_packages(folder)
    found = _distribution(packages, name)
    if found is None or found.version != tool.version:
        said = found.version if found else "nothing"
        raise PenstockError(
            f"{tool.requirements} brings {name} {said}, the tool lock says {tool.version}",
            hint="the lock and its requirements file must agree",
        )
    _replace_scripts(folder / "bin", tool.program, found)
    _forget_place(folder, packages)
    site.noted(name, "compiling")
    python = str(folder / "bin" / "python")
    call((python, "-IB", "-c", _COMPILE, str(packages)), name=name, cwd=folder, env={}, site=site)
    return f"bin/{tool.program}"


def make(folder: Path, site: Site) -> None:
    """Make an environment without pip."""
    argv = (sys.executable, "-I", "-m", "venv", "--without-pip", str(folder))
    call(argv, name="venv", cwd=site.work, env={}, site=site)


def install(folder: Path, requirements: str, name: str, site: Site) -> None:
    """Install a hash-locked requirements file into an environment, wheels only."""
    from pipeline.toolchain import pip

    locked = site.home.requirements / requirements
    pip.install(folder / "bin" / "python", locked, name=name, site=site)


def site_packages(folder: Path) -> Path:
    """Return the folder of an environment that packages are in."""
    return next((folder / "lib").glob("python*/site-packages"))


def _distribution(packages: Path, name: str) -> PathDistribution | None:
    stem = name.replace("-", "_")
    return next((PathDistribution(path) for path in packages.glob(f"{stem}-*.dist-info")), None)


def _replace_scripts(folder: Path, program: str, found: PathDistribution) -> None:
    """Keep the interpreter and the program alone; the program's start is written by us."""
    entry = next((one for one in found.entry_points if one.name == program), None)
    for path in folder.iterdir():
        kept = path.name.startswith("python") or (path.name == program and entry is None)
        if not kept:
            path.unlink()
    script = folder / program
    if entry is not None:
        function = entry.attr
        text = _START.format(module=entry.module, top=function.partition(".")[0], function=function)
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    if not script.exists():
        raise PenstockError(f"{found.name} {found.version} has no program {program!r}")


def _forget_place(folder: Path, packages: Path) -> None:
    """Take the folder's own path out of what was written: it is about to be renamed.

    What is left is equal wherever the same lock is installed with the same Python.
    """
    _drop_lines(folder / "pyvenv.cfg", "command ")
    for record in packages.glob("*.dist-info/RECORD"):
        _drop_lines(record, "../../../bin/")  # the digest of a script that names its interpreter


def _drop_lines(path: Path, beginning: str) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(beginning)]
    path.write_text("".join(kept), encoding="utf-8")
