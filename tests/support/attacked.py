"""Real git repositories to attack, built in a fraction of a second each."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline.config.base import Base
from pipeline.toolchain import objects
from tests.support.command import Bundle, Ran, penstock
from tests.support.small import WORKFLOW, gate

_ENVIRONMENT: Final = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}
BAD: Final = WORKFLOW.replace("echo hello", "echo ${{ github.event.issue.title }}")
"""A workflow with a finding of high severity."""
STRICT: Final = gate("workflows")
WEAK: Final = STRICT.replace("name: small", "name: weak").replace("[critical, high]", "[low]")


class Repository:
    """A repository whose base commit holds a policy that fails what is high."""

    def __init__(self, path: Path, *, form: str = "sha1") -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", f"--object-format={form}")

    def git(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**_ENVIRONMENT, **(env or {})},
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def commit(self, message: str = "change", **environment: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, env=environment)
        return self.git("rev-parse", "HEAD")

    def stage(self, name: str, data: str | bytes, mode: str = "100644") -> None:
        """Put an entry into the index that no disk has to be able to hold."""
        content = data.encode() if isinstance(data, str) else data
        blob = self.git("hash-object", "-w", "--stdin", stdin=content)
        self.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{name}")

    def commit_index(self) -> str:
        """Commit what is staged, whatever the work tree holds."""
        self.git("commit", "-q", "--allow-empty", "-m", "staged")
        return self.git("rev-parse", "HEAD")

    def base(self, commit: str) -> Base:
        """Return a commit as a base, without asking about ancestors."""
        read = objects.read_commit(self.path, commit)
        return Base(commit=commit, repository=self.path, tree=read.tree, committed=read.committed)

    def run(self, *arguments: str | Path, ci: bool = True, **extra: str) -> tuple[Ran, Bundle]:
        """Run Penstock on it, as CI does, into a new folder beside it."""
        out = self.path.parent / f"out-{len(list(self.path.parent.glob('out-*')))}"
        more = {**({"CI": "true"} if ci else {}), **extra}
        done = penstock("run", self.path, "--out", out, *arguments, extra=more)
        return done, Bundle(out)

    def loose(self, name: str) -> Path:
        """Return where an object lies by itself."""
        return self.path / ".git/objects" / name[:2] / name[2:]


def attacked(path: Path) -> tuple[Repository, str]:
    """Make a repository with a strict base and a harmful change on top; return it and its base."""
    made = Repository(path)
    made.write("policies/gate.yaml", STRICT)
    made.write(".github/workflows/ci.yml", WORKFLOW)
    base = made.commit()
    made.write(".github/workflows/ci.yml", BAD)
    made.commit("harm")
    return made, base
