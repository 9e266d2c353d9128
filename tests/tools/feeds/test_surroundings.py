"""A proxy and a private authority of each feed's mirror; and offline, where nobody is asked."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pipeline.cli.app import answer
from pipeline.toolchain.http import Http
from tests.support.command import penstock
from tests.support.feeding import PATHS, Publisher, issue
from tests.support.loopback import Loopback
from tests.support.proxy import Proxy, certificate, tls
from tests.support.small import repository

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

HOST = "feeds.test"


class Site:
    """A mirror that only a proxy can find, with an authority of its own."""

    def __init__(self, name: str, server: Loopback, publisher: Publisher, proxy: Proxy) -> None:
        self.name, self.server, self.publisher, self.proxy = name, server, publisher, proxy

    def sync(self, folder: Path) -> int:
        where = ["--mirror", self.publisher.mirror, "--to", str(folder), "--progress", "none"]
        return answer(["feeds", "sync", self.name, *where])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("authority"), HOST)


@pytest.fixture(params=PATHS)
def site(
    request: pytest.FixtureRequest, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    publisher = Publisher(request.param, issue(request.param, day=1), f"https://{HOST}")
    server = Loopback(publisher, tls=tls(authority))
    port = int(server.url.rpartition(":")[2])
    with server, Proxy({HOST: port}) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        yield Site(request.param, server, publisher, proxy)


def test_a_feed_comes_through_a_proxy_from_whom_a_private_authority_names(
    site: Site, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert site.sync(tmp_path) == 0
    assert (tmp_path / site.name).exists()
    assert {head.split("\r\n")[0] for head in site.proxy.asked} == {f"CONNECT {HOST}:443 HTTP/1.1"}


def test_without_the_authority_nothing_is_asked_and_nothing_is_taken(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.sync(tmp_path) == 3
    assert "CERTIFICATE_VERIFY_FAILED" in capsys.readouterr().err
    assert site.server.calls == []
    assert not (tmp_path / site.name).exists()


@pytest.mark.parametrize("site", ["kev"], indirect=True)
def test_what_is_to_be_asked_directly_is_not_asked_through_a_proxy(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", HOST)
    monkeypatch.setattr("pipeline.toolchain.http.Http", partial(Http, tries=1))
    assert site.sync(tmp_path) == 3
    assert site.proxy.asked == []


def test_offline_no_mirror_is_asked(
    site: Site, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("PENSTOCK_OFFLINE", "1")
    assert site.sync(tmp_path) == 2
    assert (site.proxy.asked, site.server.calls) == ([], [])


LIVE = 'schema = "penstock/config@1"\n[feeds]\nosv = "live"\n'
IMAGE = f"{HOST}/acme/app@sha256:{'0' * 64}"


def asking(folder: Path) -> Path:
    """Make a repository for which the public service and a registry are to be asked."""
    files = [("requirements.txt", "a==1\n"), ("penstock.toml", LIVE)]
    return repository(folder / "r", "pip-audit", "image", files=files)


@pytest.mark.parametrize("command", ["plan", pytest.param("run", marks=pytest.mark.slow)])
def test_offline_no_service_and_no_registry_is_asked(command: str, tmp_path: Path) -> None:
    words = (command, asking(tmp_path), "--image", IMAGE, "--out", tmp_path / "out")
    with Proxy({}) as proxy:
        asked = {"HTTPS_PROXY": f"http://{proxy.address}"}
        told = penstock(*words, "--offline", extra=asked)
        said = penstock(*words, extra={**asked, "PENSTOCK_OFFLINE": "yes"})
        assert proxy.asked == []
        assert told.code == said.code == (3 if command == "run" else 0), told.out + told.err
        assert "offline" in told.out


@pytest.mark.slow
def test_otherwise_both_are(tmp_path: Path) -> None:
    words = ("plan", asking(tmp_path), "--image", IMAGE)
    with Proxy({}) as proxy:
        penstock(*words, extra={"HTTPS_PROXY": f"http://{proxy.address}"})
        assert {head.split()[1] for head in proxy.asked} == {"api.osv.dev:443", f"{HOST}:443"}
