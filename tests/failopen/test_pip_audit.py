"""pip-audit ends well over dependencies that it skipped, or that nobody answered for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.failopen.ways import OSV, Content, Laid, Way, asks, cases, check, found, gap, with_tool
from tests.faults.toolroot import ToolRoot

pytestmark = pytest.mark.tools

_TXT: Final = "requirements.txt"
_CLEAN: Final = "idna==3.20\n"
_BAD: Final = "jinja2==2.10\n"
_CVE: Final = "CVE-2019-10906"
_BESIDE: Final = """#!{python} -I
import http.server, runpy, socket, sys, threading, urllib.request

import urllib3.connection


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        true = urllib.request.urlopen(urllib.request.Request(there, asked)).read()
        say(self, true)

    def do_GET(self):
        send(self, b"{{}}")

    def log_message(self, *_):
        pass


def send(to, body, status=200, length=None, **headers):
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name, value)
    to.send_header("Content-Type", "application/json")
    to.send_header("Content-Length", str(len(body) if length is None else length))
    to.end_headers()
    to.wfile.write(body)


def say(to, true):
    {say}


def answer(end):
    Answer(end, ("beside", 0), None)
    end.close()


def connect(_):
    ours, theirs = socket.socketpair()
    threading.Thread(target=answer, args=(theirs,), daemon=True).start()
    return ours


there = sys.argv[sys.argv.index("--osv-url") + 1]
urllib3.connection.HTTPConnection._new_conn = connect
sys.argv[0] = "{real}"
runpy.run_path("{real}", run_name="__main__")
"""
"""Stands between pip-audit and the server that it was to ask, and says what it likes.

It sits in pip-audit's own process: whatever that starts may connect to our server's port alone.
"""


def _asks(text: Content, more: Mapping[str, Content] | None = None) -> Callable[[Path], Laid]:
    return asks("pip-audit", {_TXT: text, **(more or {})}, OSV)


def _beside(say: str) -> Callable[[ToolRoot], object]:
    """Put another server between pip-audit and ours."""

    def change(tools: ToolRoot) -> None:
        real = tools.real["pip-audit"]
        python = Path(real).parent / "python"
        tools.put("pip-audit", _BESIDE.format(python=python, real=real, say=say))

    return change


def _refused(tools: ToolRoot) -> None:
    """Let pip-audit ask where nobody listens: of an option given twice it takes the last."""
    tools.wrap("pip-audit", "", '"$@" --osv-url http://127.0.0.1:9/v1/query')


def _pin(text: str) -> str:
    return f"{_TXT}#{text}"


WAYS: Final = (
    Way("pip-audit", "a URL requirement, which it skips", _asks(f"{_CLEAN}a @ https://x.test/a.whl\n"),
        gap(_pin("a"), "unsupported"), quick=True),
    Way("pip-audit", "a repository, which it skips", _asks(f"{_CLEAN}a @ git+https://x.test/a@v1\n"),
        gap(_pin("a"), "unsupported")),
    Way("pip-audit", "a path, which it skips", _asks(f"{_CLEAN}./local\n"),
        gap(_pin("./local"), "unsupported")),
    Way("pip-audit", "an editable project, which it skips", _asks(f"{_CLEAN}-e ./local\n"),
        gap(_pin("-e ./local"), "unsupported")),
    Way("pip-audit", "its own skip_reason for what it was asked",
        with_tool(_asks(f"{_CLEAN}h11==0.16.0\n"),
                  lambda tools: tools.misread(
                      "pip-audit", r"s/^h11==.*/h11 @ https:\/\/x.test\/h11.whl/")),
        gap(_pin("h11==0.16.0"), "unsupported")),
    Way("pip-audit", "a file named by `-r` inside a file is lost",
        _asks("-r deps/more.list\n", {"deps/more.list": _BAD}),
        finds=found(_CVE, "deps/more.list")),
    Way("pip-audit", "`-r` names a file that is not there", _asks(f"{_CLEAN}-r none.txt\n"),
        gap(_pin("-r none.txt"), "not_read")),
    Way("pip-audit", "`-r` leads out of the repository", _asks(f"{_CLEAN}-r ../none.txt\n"),
        gap(_pin("-r ../none.txt"), "link_outside")),
    Way("pip-audit", "a marker that is false here drops the line",
        _asks('jinja2==2.10 ; sys_platform == "win32"\n'), finds=found(_CVE, _TXT)),
    Way("pip-audit", "`-c` is ignored, and the constraint with it",
        _asks("-c limits.txt\njinja2\n", {"limits.txt": _BAD}), finds=found(_CVE, _TXT)),
    Way("pip-audit", "an empty file: nothing to ask, exit 0", _asks(""), gap(None, "no_targets")),
    Way("pip-audit", "one name pinned twice, in two versions",
        _asks("jinja2==3.1.6\njinja2==2.10\n"), finds=found(_CVE, _TXT)),
    Way("pip-audit", "an unpinned line", _asks(f"{_CLEAN}flask>=1.0\n"),
        gap(_pin("flask"), "unpinned")),
    Way("pip-audit", "a bare name", _asks(f"{_CLEAN}flask\n"), gap(_pin("flask"), "unpinned")),
    Way("pip-audit", "`==1.*`, over which it crashes", _asks(f"{_CLEAN}flask==1.*\n"),
        gap(_pin("flask"), "unpinned")),
    Way("pip-audit", "`===1.0`, over which it crashes", _asks(f"{_CLEAN}flask===1.0.x\n"),
        gap(_pin("flask"), "unpinned")),
    Way("pip-audit", "a line that is no requirement", _asks(f"{_CLEAN}?? what\n"),
        gap(_pin("?? what"), "parse_error")),
    Way("pip-audit", "a lock that it does not read (poetry.lock), broken",
        _asks(_CLEAN, {"poetry.lock": "[[package]\n"}), gap("poetry.lock#(file)", "parse_error")),
    Way("pip-audit", "a lock that it does not read (uv.lock)",
        _asks(_CLEAN, {"uv.lock": 'version = 1\n[[package]]\nname = "jinja2"\nversion = "2.10"\n'
                                  'source = { registry = "https://x.test/simple" }\n'}),
        finds=found(_CVE, "uv.lock")),
    Way("pip-audit", "a requirements file in UTF-16", _asks(_BAD.encode("utf-16")),
        finds=found(_CVE, _TXT)),
    Way("pip-audit", "the connection is refused: exit 1, as with findings",
        with_tool(_asks(_CLEAN), _refused), gap(None, "tool_failed")),
    Way("pip-audit", "the server's answer is cut in half",
        with_tool(_asks(_BAD), _beside("send(to, true[: len(true) // 2])")),
        gap(None, "tool_failed")),
    Way("pip-audit", "the server breaks off within its answer",
        with_tool(_asks(_BAD), _beside("send(to, true[: len(true) // 2], length=len(true))")),
        gap(None, "tool_failed")),
    Way("pip-audit", "the server redirects: the question becomes another, the answer `{}`",
        with_tool(_asks(_CLEAN), _beside('send(to, b"", 302, Location="/elsewhere")')),
        gap(None, "canary_missed")),
    Way("pip-audit", "a server that knows nothing answers `{}`",
        with_tool(_asks(_BAD), _beside('send(to, b"{}")')),
        gap(None, "canary_missed") | gap(_pin("jinja2==2.10"), "ignored_by_tool"),
        found(_CVE, _TXT)),
    Way("pip-audit", "the answer goes on on a page that it never asks for",
        with_tool(_asks(_BAD), _beside("""send(to, b'{"vulns": [], "next_page_token": "2"}')""")),
        gap(None, "canary_missed") | gap(_pin("jinja2==2.10"), "ignored_by_tool"),
        found(_CVE, _TXT)),
    Way("pip-audit", "the server answers with a page of HTML",
        with_tool(_asks(_CLEAN), _beside('send(to, b"<html>")')), gap(None, "tool_failed")),
    Way("pip-audit", "`--ignore-vuln` takes a finding out without a trace",
        with_tool(_asks(_BAD), lambda tools: tools.wrap(
            "pip-audit", "", '"$@" --ignore-vuln CVE-2019-10906')),
        gap(_pin("jinja2==2.10"), "ignored_by_tool"), found(_CVE, _TXT)),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_pip_audit_passes_over_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
