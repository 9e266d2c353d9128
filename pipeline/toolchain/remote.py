"""Asks a git server which commit a branch has, by an address that no checkout had a hand in."""

import base64
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.toolchain.git import git

_TIMEOUT: Final = 60.0
_LIMIT: Final = 1 << 20
_TIP: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64})\tHEAD")
_SYMBOLIC: Final = re.compile(rb"ref: (refs/heads/[^\t]+)\tHEAD")
_PASSED_ON: Final = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE")


class Tip(msgspec.Struct, frozen=True):
    """The newest commit of a server's default branch."""

    commit: str
    ref: str
    """`refs/heads/main`."""


def default_tip(url: str, *, token: str, environment: Mapping[str, str]) -> Tip:
    """Ask a server for the tip of its default branch. Raises PenstockError where it does not say.

    Git stands in an empty folder meanwhile: no configuration of a checkout can send it elsewhere.
    """
    scheme = url.partition("://")[0]
    if scheme not in ("https", "file"):
        raise PenstockError(f"{url} is no address that a base is taken from", hint="use https")
    passed = {name: environment[name] for name in _PASSED_ON if environment.get(name)}
    with tempfile.TemporaryDirectory(prefix="penstock-") as empty:
        folder = Path(empty).resolve()
        said = git(
            folder,
            *("ls-remote", "--symref", "--exit-code", "--", url, "HEAD"),
            limit=_LIMIT,
            timeout=_TIMEOUT,
            settings={f"protocol.{scheme}.allow": "always", **_credentials(url, token)},
            variables={
                **passed,
                "GIT_ALLOW_PROTOCOL": scheme,
                "GIT_CEILING_DIRECTORIES": str(folder.parent),
            },
        )
    tip, ref = _TIP.search(said), _SYMBOLIC.search(said)
    if tip is None or ref is None:
        raise PenstockError(f"{url} does not say which branch is its default one")
    return Tip(tip[1].decode("ascii"), ref[1].decode("utf-8", "replace"))


def _credentials(url: str, token: str) -> dict[str, str]:
    """Hand a token over as GitHub takes it; never as an argument, which others can list."""
    if not token:
        return {}
    pair = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
    return {
        f"http.{url}.extraHeader": f"Authorization: Basic {pair}",
        "http.followRedirects": "false",
    }
