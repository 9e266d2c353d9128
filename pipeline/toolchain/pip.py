"""Asks pip for hash-locked wheels, in the way the user's own pip is set up to reach its index."""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.toolchain.steps import Site, call, retried

_REACH: Final = frozenset(
    f"PIP_{word}"
    for word in (
        "CERT", "CLIENT_CERT", "CONFIG_FILE", "DEFAULT_TIMEOUT", "EXTRA_INDEX_URL", "FIND_LINKS",
        "INDEX_URL", "KEYRING_PROVIDER", "NO_INDEX", "PROXY", "RETRIES", "TIMEOUT", "TRUSTED_HOST",
    )
)  # fmt: skip
"""How to reach an index. Every other PIP_ variable could change what is installed, or where."""

_NETWORK: Final = (
    "Failed to establish a new connection", "Connection refused", "Connection reset",
    "ConnectTimeout", "ReadTimeout", "Read timed out", "timed out", "NameResolutionError",
    "Name or service not known", "Temporary failure in name resolution", "ProxyError",
    "SSLError", "IncompleteRead", "No matching distribution found", "HTTP error 5",
)  # fmt: skip


def install(python: Path, locked: Path, *, name: str, site: Site) -> None:
    """Install what a hash-locked file lists into the environment of an interpreter."""
    argv = (
        *_pip(site), "--python", str(python), "--no-input", "--disable-pip-version-check",
        "install", "--require-hashes", "--only-binary", ":all:", "--no-user", "--no-compile",
        "--no-warn-script-location", "--progress-bar", "off", "--requirement", str(locked),
    )  # fmt: skip
    env = environment(site.environment)
    site.noted(name, f"installing from {locked.name}")
    retried(
        lambda: call(argv, name=name, cwd=site.work, env=env, site=site),
        name=name,
        transient=is_network,
        site=site,
    )


def environment(surroundings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which pip reaches its index, and no others of its own."""
    return {key: value for key, value in surroundings.items() if key in _REACH}


def is_network(error: PenstockError) -> bool:
    """Say whether pip failed for want of an answer, which another try may bring."""
    return any(sign in error.message for sign in _NETWORK)


def _pip(site: Site) -> tuple[str, ...]:
    """Return how to start pip: the one beside us, or else a fresh one in a throw-away place."""
    if find_spec("pip") is not None:
        return sys.executable, "-I", "-m", "pip"
    folder = site.work / "pip"
    if not folder.exists():
        argv = (sys.executable, "-I", "-m", "venv", str(folder))
        call(argv, name="pip", cwd=site.work, env={}, site=site)
    return str(folder / "bin" / "python"), "-I", "-m", "pip"
