"""Where released archives come from, and who tells who signed them."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from pipeline.toolchain.lock import GoTool, Signer


class Releases(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation is given to download by."""

    signer: Callable[[Path, bytes], Signer]
    """Says who signed a file, by the bundle beside it. Raises PenstockError where nobody did."""
    base: str = ""
    """An address below which the files lie, instead of where the lock says."""


def address(url: str, releases: Releases | None) -> str:
    """Return where a file of a release is downloaded from."""
    if releases is None or not releases.base:
        return url
    return f"{releases.base.rstrip('/')}/{parts(url)[1]}"


def parts(url: str) -> tuple[str, str]:
    """Split an address into that of the release and the file's name."""
    folder, _, file = url.rpartition("/")
    return folder, file


def hosts(url: str, tool: GoTool) -> frozenset[str]:
    """Return the hosts that a download may be handed on to."""
    return frozenset({urlsplit(url).hostname or "", *tool.hosts})
