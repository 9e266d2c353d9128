"""Types commands as a person would, shows what they answer, and holds it to what is expected."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

OURS: Final = Path(sys.executable).with_name("penstock")
_WIDTH: Final = 78
_LINES: Final = 14
"""Of an answer; what stands before them is left out."""


class UnexpectedError(Exception):
    """A step did not end as it should."""


class Console:
    """Runs programs in one folder, with an environment of its own."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, penstock: Path = OURS
    ) -> None:
        self._folder, self._penstock = folder, penstock
        self._environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment}
        self._steps = 0
        self._named: dict[str, str] = {}

    def say(self, title: str, *sentences: str) -> None:
        """Begin a step."""
        self._steps += 1
        _print(f"\n{self._steps}. {title}", *sentences)

    def call(self, name: str, value: str) -> None:
        """Give a long word a name, by which later commands show it."""
        self._named[value] = name
        _print("", f"$ {name}={shlex.quote(value)}")

    def penstock(self, *words: str, ends: int, says: str = "") -> str:
        """Run penstock, which has to end with this code and say these words."""
        return self.run(self._penstock, *words, ends=ends, says=says)

    def run(self, program: Path, *words: str, ends: int, says: str = "") -> str:
        """Run a program as `penstock` is run."""
        _print("", *_typed(self._as_typed(one) for one in (program.name, *words)))
        done = subprocess.run(
            [program, *words],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        lines = done.stdout.splitlines()
        if len(lines) > _LINES:
            _print(f"[{len(lines) - _LINES} lines more]")
        _print(*lines[-_LINES:])
        _print(f"[exit code {done.returncode}]")
        if done.returncode != ends or says not in done.stdout:
            raise UnexpectedError(f"expected exit code {ends} and the words {says!r}")
        return done.stdout

    def _as_typed(self, word: str) -> str:
        for value, name in self._named.items():
            if word.startswith(value):
                return f'"${name}{word.removeprefix(value)}"'
        return shlex.quote(word)


def _typed(words: Iterable[str]) -> Iterator[str]:
    """Yield a command in lines that a terminal can hold, broken before its options."""
    line = "$"
    for part in re.split(r" (?=--)", " ".join(words)):
        if len(f"{line} {part} \\") > _WIDTH:
            yield f"{line} \\"
            line = "   "
        line += f" {part}"
    yield line


def _print(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)
