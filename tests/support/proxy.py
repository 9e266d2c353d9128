"""A proxy on a loopback address, and certificates by an authority of its own, for tests."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_PIECE = 1 << 16


def certificate(folder: Path, *names: str) -> Path:
    """Make a certificate for these hosts that is its own authority; its key lies beside it."""
    path = folder / "authority.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    about = ["-nodes", "-days", "2", "-subj", "/CN=test"]
    hosts = ["-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)]
    files = ["-keyout", str(folder / "authority.key"), "-out", str(path)]
    subprocess.run(["openssl", *words, *about, *hosts, *files], check=True, capture_output=True)
    return path


def tls(authority: Path) -> ssl.SSLContext:
    """Serve with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_suffix(".key"))
    return context


class Proxy:
    """Connects names to ports of this machine; any other name is refused."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self.ports = dict(ports)
        self.asked: list[str] = []
        """The head of each request, as it came."""
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._accept, daemon=True)
        self._threads.append(thread)
        thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for one in self._threads:
            one.join(timeout=5)

    def _start(self, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=self._serve, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._start(client)

    def _serve(self, client: socket.socket) -> None:
        with client:
            self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := client.recv(_PIECE)):
                return
            head += piece
        self.asked.append(head.decode())
        host = head.split()[1].decode().partition(":")[0]
        if host not in self.ports:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.ports[host])) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            _pass_on(client, server)
            back.join(timeout=5)


def _pass_on(here: socket.socket, there: socket.socket) -> None:
    try:
        while piece := here.recv(_PIECE):
            there.sendall(piece)
        there.shutdown(socket.SHUT_WR)
    except OSError:
        pass
