"""A request, and where a redirect may lead it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

import msgspec

from pipeline.toolchain.answers import LOOPBACK, NetworkError

Elsewhere: TypeAlias = bool | frozenset[str]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | Path | None = None
    allowed: frozenset[int] = frozenset()
    """Statuses from 400 on that are answers."""
    redirects: int = 0
    elsewhere: Elsewhere = True
    """Whether a redirect may lead to another host, or to which ones."""

    def moved(self, location: str, status: int) -> "Ask":
        """Go where a redirect points, without the credentials where that is another host."""
        try:
            url = urljoin(self.url, location)
            here, there = urlsplit(self.url), urlsplit(url)
        except ValueError as error:
            raise NetworkError(
                f"{self.url} redirects to {location[:200]!r}, which is no address"
            ) from error
        if not self.redirects:
            raise NetworkError(f"{self.url} redirects to {url}: refused", status=status)
        if there.scheme != "https" and not {here.hostname, there.hostname} <= LOOPBACK:
            raise NetworkError(f"{self.url} redirects to {url}, which is not encrypted: refused")
        if (here.scheme, here.netloc) == (there.scheme, there.netloc):
            return msgspec.structs.replace(self, url=url)
        if not (self.elsewhere is True or self._named(there.hostname)):
            raise NetworkError(
                f"{self.url} redirects to another host, {url}: refused",
                hint="where that host is to be trusted, name it as the mirror",
            )
        headers = {k: v for k, v in self.headers.items() if k.lower() != "authorization"}
        return msgspec.structs.replace(self, url=url, headers=headers)

    def _named(self, host: str | None) -> bool:
        return isinstance(self.elsewhere, frozenset) and host in self.elsewhere
