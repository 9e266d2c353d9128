"""The processes of an installation: watched, retried where the network failed, and explained."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.gap import ToolError
from pipeline.toolchain import process
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.lock import Home
from pipeline.toolchain.releases import Releases
from pipeline.watch import Watcher

_PASSED: Final = (
    "HOME", "PATH", "USER", "LOGNAME", "NETRC", "XDG_CONFIG_DIRS",
    "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
    "all_proxy", "https_proxy", "http_proxy", "no_proxy",
    "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE",
)  # fmt: skip
"""Where the user's own settings lie, and how this machine reaches the network."""

_FOLDERS: Final = {"XDG_CACHE_HOME": ".cache", "XDG_CONFIG_HOME": ".config"}
"""Where the user's settings and caches lie unless the environment says otherwise."""

_ANY: Final = frozenset(range(256))
_TRIES: Final = 3
_PAUSE: Final = 1.0
_TAIL: Final = 12
_EXPLANATION: Final = (
    "the package index could not be reached, or it lacks a locked file. Check the connection, "
    "the proxy (HTTPS_PROXY) and the settings of pip (`pip config list`) or Go (`go env GOPROXY`),"
    " then run `penstock tools install` again: what is finished stays"
)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What every step of an installation knows."""

    environment: Mapping[str, str]
    """The user's."""
    watcher: Watcher
    work: Path
    """A throw-away folder."""
    home: Home
    """Where the lock lies by which it is made."""
    releases: Releases | None = None
    """How released archives are downloaded; None: those that somebody signs are not."""
    pause: float = _PAUSE
    """Seconds before the first retry; twice as many before the next."""

    def noted(self, name: str, text: str) -> None:
        """Tell the watcher."""
        self.watcher.noted(name, text)


def call(
    argv: tuple[str, ...],
    *,
    name: str,
    cwd: Path,
    env: Mapping[str, str],
    site: Site,
    minutes: float = 30.0,
) -> bytes:
    """Run one step and return its standard output, or raise PenstockError with its last words."""
    command = Command(
        label=f"install-{name}",
        tool=name,
        argv=argv,
        cwd=cwd,
        env=tuple(sorted({**_passed(site.environment), **env}.items())),
        answers=_ANY,
        timeout=minutes * 60,
        idle=minutes * 60,
        network=True,
    )
    ended = process.run(command, private=site.work, stop=threading.Event())
    match ended.result:
        case ToolError() as error:
            raise PenstockError(f"{name}: {error.message}", hint=error.hint)
        case Report(exit_code=0, data=data):
            return data
        case Report(exit_code=code, stderr=stderr):
            said = "\n".join(stderr.strip().splitlines()[-_TAIL:])
            raise PenstockError(f"{name}: {Path(argv[0]).name} ended with {code}\n{said}")


def _passed(surroundings: Mapping[str, str]) -> dict[str, str]:
    """Return what pip and Go may know: the user's own settings, and nothing that Python reads."""
    passed = {key: surroundings[key] for key in _PASSED if key in surroundings}
    for key, tail in _FOLDERS.items():
        if surroundings.get(key):
            passed[key] = surroundings[key]
        elif "HOME" in passed:
            passed[key] = str(Path(passed["HOME"]) / tail)
    return {**passed, "PYTHONNOUSERSITE": "1"}


def retried(
    step: Callable[[], bytes],
    *,
    name: str,
    transient: Callable[[PenstockError], bool],
    site: Site,
) -> None:
    """Run a step that needs the network, again where it was the network that failed it."""
    for left in reversed(range(_TRIES)):
        try:
            step()
        except PenstockError as error:
            if not transient(error):
                raise
            if not left:
                raise PenstockError(
                    f"{error.message}\nThis was try {_TRIES} of {_TRIES}.", hint=_EXPLANATION
                ) from error
            site.noted(name, f"the network failed; trying again ({left} left)")
            time.sleep(site.pause * (_TRIES - left))
        else:
            return
