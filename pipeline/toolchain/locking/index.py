"""Asks the package index of the user's own pip: which releases there are, of what day."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.errors import PenstockError
from pipeline.toolchain import pip, venv
from pipeline.toolchain.steps import Site, call

_REQUIREMENTS: Final = "locking.txt"
"""A pip that can look back in time, and pip-tools."""
_NONE: Final = "No matching distribution found"
_OLDEST: Final = 20 * 365
_DAY: Final = timedelta(days=1)


def environment(site: Site) -> Path:
    """Make a throw-away environment, hash-locked as all that Penstock installs: its Python."""
    folder = site.work / "locking"
    venv.make(folder, site)
    venv.install(folder, _REQUIREMENTS, "locking", site)
    return folder / "bin" / "python"


class Index:
    """The index that pip is set up to ask."""

    def __init__(self, python: Path, site: Site) -> None:
        self._python, self._site = str(python), site

    def versions(self, name: str, before: datetime) -> tuple[str, ...]:
        """Return the releases that were there at an instant, the newest first."""
        try:
            said = self._run(
                name, "-m", "pip", "index", "versions", name, "--json", *_as_of(before)
            )
        except PenstockError as error:
            if _NONE in error.message and not _unreached(error.message):
                return ()
            raise
        found: dict[str, Any] = json.loads(said)
        return tuple(str(one) for one in found["versions"])

    def released(self, name: str, version: str, now: datetime) -> date:
        """Return the UTC day of a release. The index is asked about days until one is left."""
        today = now.astimezone(UTC).date()

        def there(ago: int) -> bool:
            return version in self.versions(name, _end_of(today - timedelta(days=ago)))

        if not there(0):
            raise PenstockError(
                f"{name} {version} is not on the package index",
                hint="see that it was not withdrawn, and that the index is the right one",
            )
        return today - timedelta(days=_last(there))

    def compile(self, name: str, folder: Path, file: str, before: datetime) -> None:
        """Write `FILE.txt` beside `FILE.in`: all that it needs, with every digest, all that old."""
        options = (
            "--quiet", "--upgrade", "--allow-unsafe", "--generate-hashes", "--strip-extras",
            "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host",
            "--no-header", "--no-config",
        )  # fmt: skip
        cache = str(self._site.work / "compiled")
        self._site.noted(name, f"resolving {file}.in")
        self._run(
            name, "-m", "piptools", "compile", *options, *_as_of(before), "--cache-dir", cache,
            "--output-file", str(folder / f"{file}.txt"), f"{file}.in", cwd=folder,
        )  # fmt: skip

    def _run(self, name: str, *words: str, cwd: Path | None = None) -> bytes:
        argv = (self._python, "-I", *words)
        env = {
            **pip.environment(self._site.environment),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
        }
        return call(argv, name=name, cwd=cwd or self._site.work, env=env, site=self._site)


def _as_of(instant: datetime) -> tuple[str, str]:
    return "--uploaded-prior-to", instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, time(), UTC)


def _last(there: Callable[[int], bool]) -> int:
    """Return for how many days something has been there that is there today."""
    low, high = 0, 8
    while high < _OLDEST and there(high):
        low, high = high, high * 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if there(middle) else (low, middle)
    return low


def _unreached(message: str) -> bool:
    return pip.is_network(PenstockError(message.replace(_NONE, "")))
