"""Builds the wheel and the source archive of a commit, twice, and compares them: `make dist`.

    python release/build.py [--commit COMMIT] [--tag vX.Y.Z] [--out DIR]

What is built is the commit and nothing else: no file that git does not know, no time but the
commit's, no umask. Ends with 1 where the two builds differ.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
_UMASKS: Final = (0o022, 0o077)


def main(arguments: Sequence[str]) -> int:
    """Build, compare, and put the files in their place."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--commit", default="HEAD")
    parser.add_argument("--tag", help="refuse a version that is not this tag's")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = parser.parse_args(arguments)
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{asked.commit}^{{commit}}")
    version = _version(commit)
    if asked.tag is not None and asked.tag != f"v{version}":
        print(f"the tag is {asked.tag}, and the version is {version}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="penstock-dist-") as name:
        builds = [_built(commit, Path(name) / str(n), umask) for n, umask in enumerate(_UMASKS)]
        digests = [{one.name: _digest(one) for one in sorted(build.iterdir())} for build in builds]
        if digests[0] != digests[1]:
            print(f"two builds of {commit} differ: {digests}", file=sys.stderr)
            return 1
        asked.out.mkdir(parents=True, exist_ok=True)
        for file in sorted(builds[0].iterdir()):
            shutil.copyfile(file, asked.out / file.name)
            print(f"{digests[0][file.name]}  {file.name}")
    return 0


def _version(commit: str) -> str:
    told = tomllib.loads(_git("show", f"{commit}:pyproject.toml"))
    return str(told["project"]["version"])


def _built(commit: str, folder: Path, umask: int) -> Path:
    """Unpack the commit into a folder of its own, build it there, and return what came out."""
    source = folder / "source"
    source.mkdir(parents=True)
    packed = folder / "source.tar"
    _git("archive", "--format=tar", f"--output={packed}", commit)
    with tarfile.open(packed) as archive:
        archive.extractall(source, filter="data")
    out = folder / "dist"
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": _git("show", "-s", "--format=%ct", commit),
        "TZ": f"UTC{umask}",  # another one for each, since none may be seen
    }
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", out],
        cwd=source,
        env=environment,
        umask=umask,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return out


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
