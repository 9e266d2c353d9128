"""Asks a release page for the digests of its archives, and whose word they are."""

from collections.abc import Mapping

from pipeline.errors import PenstockError
from pipeline.toolchain import release
from pipeline.toolchain.lock import GoTool
from pipeline.toolchain.releases import parts
from pipeline.toolchain.steps import Site


def digests(name: str, tool: GoTool, site: Site) -> Mapping[str, str]:
    """Return the sha256 of each archive by platform, from a list that the tool's signer signed."""
    from pipeline.toolchain.http import Http

    if not tool.release:
        return {}
    with Http(tries=2) as http:
        said = release.checksums(name, tool, site, http)
    found: dict[str, str] = {}
    for platform, asset in tool.release.items():
        file = parts(asset.url)[1]
        named = release.listed_digests(said, file)
        if len(named) != 1:
            raise PenstockError(f"{name}: {tool.checksums} names {len(named)} digests for {file}")
        found[platform] = named.pop()
    return found
