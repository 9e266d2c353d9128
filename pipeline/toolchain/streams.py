"""Connections on which an answer has an end, also where it comes byte by byte.

A time-out of a socket is over each silence. Whoever breaks every silence in time could otherwise
go on for ever with the head of an answer, or with what a proxy says before it.
"""

import ssl
import time
from collections.abc import Iterable

import httpcore


class EndlessError(Exception):
    """What is read goes on and on."""


class Bounded(httpcore.SyncBackend):
    """Makes connections that are read for so many seconds after what was last sent."""

    def __init__(self, patience: float) -> None:
        super().__init__()
        self._patience = patience

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host."""
        made = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(made, host, self._patience)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, host: str, patience: float) -> None:
        self._inner, self._host, self._patience = inner, host, patience
        self._ends = time.monotonic() + patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if time.monotonic() > self._ends:
            raise EndlessError(f"{self._host} sends too slowly")
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)
        self._ends = time.monotonic() + self._patience

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(inner, server_hostname or self._host, self._patience)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
