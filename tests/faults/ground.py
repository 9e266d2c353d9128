"""The ground on which Penstock runs: as whoever calls, or as a user who has no right at all."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.faults.bench import TOOL, Bench
from tests.faults.toolroot import ToolRoot
from tests.support.command import Ran, penstock

ROOT: Final = Path(__file__).parents[2]
_NOBODY: Final = 65534


class Ground:
    """A bench, and a place where everybody may write."""

    def __init__(self, bench: Bench, place: Path) -> None:
        self.bench, self.place = bench, place
        self.out = place / "out"
        place.chmod(0o755)
        for name in ("tmp", "small"):
            (place / name).mkdir(exist_ok=True)
        (place / "tmp").chmod(0o1777)

    def run(self, *prefix: str, out: Path | None = None) -> Ran:
        """Run Penstock with its tools, started by these words."""
        told = {"PENSTOCK_TOOLS": str(self.bench.tools.path)}
        where = out or self.out
        return penstock("run", self.bench.shop, "--out", where, prefix=prefix, extra=told)


@contextmanager
def ground(bench: Bench) -> Iterator[Ground]:
    """Find a place below which nobody needs a right to get."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        yield Ground(bench, Path(place))


def unprivileged(one: Ground) -> tuple[str, ...]:
    """Be a user who owns nothing and has no capability at all."""
    if os.geteuid() != 0:
        return ()
    nothing = ("--inh-caps=-all", "--bounding-set=-all")
    become = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *nothing)
    return ("unshare", "--mount", "sh", "-c", _opened(one.place), "sh", *become)


def _opened(place: Path) -> str:
    """Let everybody reach the interpreter and us, wherever root keeps them: the run alone sees it.

    A folder that is closed to others is covered by an open one, which holds what is needed.
    """
    needed = {Path(one).resolve() for one in (sys.base_prefix, sys.prefix, ROOT)}
    closed = {path: top for path in sorted(needed) if (top := _closed(path)) is not None}
    held = {path: place / f"held-{number}" for number, path in enumerate(closed)}
    steps = (
        *(f"mkdir -p {at}; mount --bind {path} {at}" for path, at in held.items()),
        *(f"mount -t tmpfs -o mode=755 none {top}" for top in sorted(set(closed.values()))),
        *(f"mkdir -p {path}; mount --bind {at} {path}" for path, at in held.items()),
    )
    return "\n".join(("set -e", *steps, 'exec "$@"'))


def _closed(path: Path) -> Path | None:
    """Return the first folder above, or this one, into which others may not look."""
    above = (*reversed(path.parents), path)
    return next((one for one in above if not one.stat().st_mode & stat.S_IXOTH), None)


def as_somebody(
    one: Ground,
    *prefix: str,
    first: tuple[str, ...] = (),
    out: Path | None = None,
    **extra: Path,
) -> Ran:
    """Run as that user, over a copy that he may read, with a home for what is left."""
    home = one.place / "tmp"
    told = {"HOME": home, "TMPDIR": home, "XDG_STATE_HOME": home, "PENSTOCK_TOOLS": _lent(one)}
    words = (*first, *unprivileged(one), *prefix)
    surroundings = {name: str(path) for name, path in {**told, **extra}.items()}
    where = out or home / "out"
    return penstock("run", one.place / "shop", "--out", where, prefix=words, extra=surroundings)


def _lent(one: Ground) -> Path:
    """Copy the shop and the scanner itself to where everybody may read them."""
    tools = one.place / "tools"
    if not tools.exists():
        shutil.copytree(one.bench.shop, one.place / "shop")
        lent = ToolRoot(tools)
        for stage in one.bench.stages:
            lent.install(TOOL[stage])
        subprocess.run(["chmod", "-R", "a+rX", tools, one.place / "shop"], check=True)
    return tools
