"""An HTTP/1.1 server on a loopback address, with faults and a log, for tests."""

import json
import math
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """What Content-Length says, where that is not the truth."""
    stall: int | None = None
    """After how many bytes of the body nothing more comes, or but one byte each `pause`."""
    pause: float = math.inf
    head: float = 0.0
    """How long each byte of the head takes."""

    @classmethod
    def json(
        cls, value: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "Response":
        kind = {"Content-Type": "application/json"}
        return cls(status, json.dumps(value).encode(), {**kind, **(headers or {})})


@dataclass(slots=True)
class Fault:
    where: re.Pattern[str]
    times: float
    """How many requests it meets; `math.inf`: all until `heal()`."""
    change: Callable[[Response], Response | None]
    before: bool = False
    """The request has no effect: its answer is changed from nothing."""
    delay: float = 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Stay silent about clients that hang up."""


class Loopback:
    """Answers with `handle`; a fault changes the answer, or drops the connection with None."""

    def __init__(
        self, handle: Callable[[Request], Response], tls: ssl.SSLContext | None = None
    ) -> None:
        self.calls: list[str] = []
        self.requests: list[Request] = []
        self._handle = handle
        self._faults: list[Fault] = []
        self._stop = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self._port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self._port}"
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._serve()
        return self

    def _serve(self) -> None:
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stop.set()
        self.away()

    def away(self) -> None:
        """Close the port: whoever comes now is refused by the machine itself."""
        if self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._thread = None

    def back(self) -> None:
        """Listen again where `away` closed the port, without TLS."""
        if self._thread is None:
            self._server = _Server(("127.0.0.1", self._port), _handler(self))
            self._serve()

    def alter(
        self, where: str, change: Callable[[Response], Response | None], *, times: float = 1
    ) -> None:
        """Change so many answers to requests that match; the requests have their effect."""
        self._faults.append(Fault(re.compile(where), times, change))

    def fail(self, where: str, status: int, *, times: float = 1, after: str = "") -> None:
        """Answer with an error, the request having no effect; `after`: how long it says to wait."""
        headers = {"Retry-After": after} if after else {}
        answer = Response(status, b"fault", headers)
        self._faults.append(Fault(re.compile(where), times, lambda _: answer, before=True))

    def refuse(self, where: str, *, times: float = 1) -> None:
        """Close the connection; the request has no effect."""
        self._faults.append(Fault(re.compile(where), times, dropped, before=True))

    def slow(self, where: str, seconds: float, *, times: float = math.inf) -> None:
        """Answer well, but late."""
        self._faults.append(Fault(re.compile(where), times, lambda r: r, delay=seconds))

    def heal(self) -> None:
        """Take all faults away."""
        self._faults.clear()

    def count(self, where: str) -> int:
        """Count the requests so far that match."""
        return sum(1 for call in list(self.calls) if re.search(where, call))

    def wait(self, seconds: float) -> bool:
        """Wait, and say whether the server was closed meanwhile."""
        return self._stop.wait(None if math.isinf(seconds) else seconds)

    def drip(self, to: BufferedIOBase, data: bytes, pause: float) -> None:
        """Write byte by byte, until the server is closed."""
        for byte in data:
            if self.wait(pause):
                return
            to.write(bytes((byte,)))
            to.flush()

    def answer(self, request: Request) -> Response | None:
        name = f"{request.method} {request.path}"
        self.calls.append(name)
        self.requests.append(request)
        fault = self._fault(name)
        if fault is None:
            return self._handle(request)
        self._stop.wait(fault.delay)
        return fault.change(Response() if fault.before else self._handle(request))

    def _fault(self, name: str) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fault.where.search(name):
                fault.times -= 1
                return fault
        return None


def _handler(server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # unbuffered writes cost 40 ms a request
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = server.answer(Request(self.command, self.path, headers, body))
            if response is None:
                self.close_connection = True
                return
            length = len(response.body) if response.length is None else response.length
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(length))
            self._send_head(response.head)
            if self.command != "HEAD":
                self._write(response)
            self.close_connection = length != len(response.body)

        def _send_head(self, pause: float) -> None:
            if not pause:
                self.end_headers()
                return
            server.drip(self.wfile, b"".join((*self._headers_buffer, b"\r\n")), pause)
            self._headers_buffer: list[bytes] = []

        def _write(self, response: Response) -> None:
            at = len(response.body) if response.stall is None else response.stall
            self.wfile.write(response.body[:at])
            self.wfile.flush()
            server.drip(self.wfile, response.body[at:], response.pause)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = _serve  # noqa: N815 -- the names of the protocol

    return Handler


def half(response: Response) -> Response:
    """Cut an answer, and say that it is whole."""
    return Response(response.status, response.body[: len(response.body) // 2], response.headers)


def short(response: Response) -> Response:
    """Cut an answer, and let the length tell."""
    cut = response.body[: len(response.body) // 2]
    return Response(response.status, cut, response.headers, length=len(response.body))


def dropped(_: Response) -> None:
    """Close the connection without an answer."""


def page(_: Response) -> Response:
    """Answer as a captive portal would."""
    return Response(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})
