"""The one door to the network, against a server that misbehaves."""

import gzip
import hashlib
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.toolchain.http import Http, NetworkError
from tests.support.loopback import Loopback, Request, Response, dropped, short

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


def only(**paths: Response) -> Callable[[Request], Response]:
    """Serve these paths (`a_b` stands for `/a/b`) and nothing else."""
    by_path = {"/" + name.replace("__", "/"): response for name, response in paths.items()}
    return lambda request: by_path.get(request.path, Response(404))


def test_an_answer_comes_whole_with_its_headers(http: Http) -> None:
    with Loopback(only(a=Response.json({"x": 1}))) as server:
        got = http.get(f"{server.url}/a", limit=100)
    assert (got.status, got.body, got.media) == (200, b'{"x": 1}', "application/json")


def test_what_passes_is_tried_again_a_little_later(http: Http, waits: list[float]) -> None:
    with Loopback(only(a=Response(body=b"ok"))) as server:
        server.fail("/a", 503)
        server.fail("/a", 429, after="7")
        assert http.get(f"{server.url}/a", limit=10).body == b"ok"
    assert waits == [1.0, 7.0]


def test_a_server_may_not_make_us_wait_for_hours(http: Http, waits: list[float]) -> None:
    with Loopback(only(a=Response(body=b"ok"))) as server:
        server.fail("/a", 429, after="86400")
        http.get(f"{server.url}/a", limit=10)
    assert waits == [30.0]


@pytest.mark.parametrize("change", [dropped, short])
def test_a_broken_connection_is_tried_again(
    http: Http, change: Callable[[Response], Response | None]
) -> None:
    with Loopback(only(a=Response(body=b"whole"))) as server:
        server.alter("/a", change)
        assert http.get(f"{server.url}/a", limit=10).body == b"whole"
        assert len(server.calls) == 2


def test_patience_ends(http: Http) -> None:
    with Loopback(only(a=Response())) as server:
        server.fail("/a", 503, times=99)
        with pytest.raises(NetworkError, match=r"answers 503 \(tried 3 times\)") as caught:
            http.get(f"{server.url}/a", limit=10)
    assert caught.value.status == 503
    assert caught.value.hint


@pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
def test_what_does_not_pass_is_not_tried_again(http: Http, status: int) -> None:
    with Loopback(lambda _: Response(status)) as server:
        with pytest.raises(NetworkError, match=f"answers {status}"):
            http.get(f"{server.url}/a", limit=10)
        assert len(server.calls) == 1


@pytest.mark.parametrize("through", ["an answer", "a proxy"])
def test_a_head_that_comes_byte_by_byte_is_not_waited_for(
    through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Response(body=b"ok", headers={"X-Filling": "x" * 200}, head=0.01)
    with Loopback(lambda _: slow) as server, Http(timeout=0.5, patience=0.2, tries=3) as client:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        monkeypatch.setenv("https_proxy", server.url)
        url = server.url if through == "an answer" else "https://feeds.example.invalid"
        with pytest.raises(NetworkError, match="sends too slowly"):
            client.get(f"{url}/a", limit=10)
        assert len(server.calls) == 1


def test_a_connection_is_used_again_however_long_it_lay_idle(waits: list[float]) -> None:
    ok = Response(body=b"ok")
    with Loopback(lambda _: ok) as server, Http(timeout=2, patience=0.3, tries=1) as client:
        assert client.get(f"{server.url}/a", limit=10).body == b"ok"
        time.sleep(0.5)
        assert client.get(f"{server.url}/a", limit=10).body == b"ok"
    assert waits == []


def test_a_body_longer_than_allowed_is_refused_and_not_cut(http: Http, tmp_path: Path) -> None:
    with Loopback(lambda _: Response(body=b"x" * 1001)) as server:
        with pytest.raises(NetworkError, match="more than 1000 bytes"):
            http.get(f"{server.url}/a", limit=1000)
        with pytest.raises(NetworkError, match="more than 1000 bytes"):
            http.download(f"{server.url}/a", tmp_path / "f", limit=1000)


def test_a_packed_body_is_refused(http: Http) -> None:
    packed = Response(body=gzip.compress(b"0" * 10_000), headers={"Content-Encoding": "gzip"})
    with (
        Loopback(lambda _: packed) as server,
        pytest.raises(NetworkError, match="coded body"),
    ):
        http.get(f"{server.url}/a", limit=1 << 20)


def test_a_redirect_is_refused_unless_asked_for(http: Http) -> None:
    moved = Response(302, headers={"Location": "/b"})
    with Loopback(only(a=moved, b=Response(body=b"there"))) as server:
        with pytest.raises(NetworkError, match="redirects to"):
            http.get(f"{server.url}/a", limit=10)
        assert http.get(f"{server.url}/a", limit=10, redirects=1).body == b"there"


def test_a_redirect_to_itself_ends(http: Http) -> None:
    moved = Response(302, headers={"Location": "/a"})
    with Loopback(only(a=moved)) as server:
        with pytest.raises(NetworkError):
            http.get(f"{server.url}/a", limit=10, redirects=3)
        assert len(server.calls) == 4


def test_a_redirect_to_another_server_takes_no_credentials_along(http: Http) -> None:
    with Loopback(lambda _: Response(body=b"ok")) as other:
        moved = Response(307, headers={"Location": f"{other.url}/b"})
        with Loopback(only(a=moved)) as server:
            http.get(
                f"{server.url}/a", limit=10, headers={"Authorization": "Bearer s"}, redirects=1
            )
        assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://127.0.0.1/x", "file:///etc/passwd"])
def test_nothing_is_fetched_in_clear_from_another_machine(http: Http, url: str) -> None:
    with pytest.raises(NetworkError, match="not encrypted"):
        http.get(url, limit=10)


def test_a_download_is_hashed_on_the_way(http: Http, tmp_path: Path) -> None:
    with Loopback(only(a=Response(body=b"data"))) as server:
        saved = http.download(f"{server.url}/a", tmp_path / "f", limit=10)
    assert saved.sha256 == "sha256:" + hashlib.sha256(b"data").hexdigest()
    assert (saved.size, (tmp_path / "f").read_bytes()) == (4, b"data")


def test_the_proxy_of_the_environment_is_asked_for_what_is_not_loopback(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback(lambda _: Response(502)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(NetworkError, match="tried 3 times") as caught:
            http.get("https://feeds.example.invalid/a", limit=10)
        assert proxy.calls == ["CONNECT feeds.example.invalid:443"] * 3
    assert "HTTPS_PROXY" in caught.value.hint


def test_a_private_authority_is_believed_only_where_it_is_named(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "ca.pem", tmp_path / "key.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *words, *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Loopback(lambda _: Response(body=b"private"), tls=context) as server:
        with pytest.raises(NetworkError, match="CERTIFICATE_VERIFY_FAILED"):
            http.get(f"{server.url}/a", limit=10)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Http(timeout=2.0, tries=1) as believing:
            assert believing.get(f"{server.url}/a", limit=10).body == b"private"
