"""A private authority and a proxy: used where they are named, and told nothing they need not know.

The registry is known by a name that only the proxy can resolve, and speaks TLS.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.model.inventory import Image
from pipeline.oci.image import open_image
from pipeline.oci.registry.connect import Registries
from tests.support.command import Ran, penstock
from tests.support.loopback import Loopback, Response
from tests.support.proxy import Proxy, certificate, tls
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.keyfile import public_pem

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NAME = "acme/app"
HOST = "registry.test"
ELSEWHERE = "blobs.test"


class Site:
    """A registry behind a proxy, with an authority of its own."""

    def __init__(self, folder: Path, registry: MiniRegistry, proxy: Proxy) -> None:
        self.folder, self.registry, self.proxy = folder, registry, proxy
        self.authority = folder / "authority.pem"
        self.digest = registry.held(NAME).image("1.0")["digest"]
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / "k.pub").write_bytes(public_pem(key))
        signer = {"key": "k.pub", "transparency": "none", "verifier": "https://acme.example/gate"}
        policy = {"apiVersion": "penstock/v1", "kind": "VerifyPolicy", "environment": "release",
                  "resource": f"{HOST}/{NAME}", "signers": [signer]}  # fmt: skip
        (folder / "verify.yaml").write_text(json.dumps(policy))

    def verify(self, **extra: str) -> Ran:
        words = ("verify", f"{HOST}/{NAME}@{self.digest}", "--policy", self.folder / "verify.yaml")
        settings = {"DOCKER_CONFIG": str(self.folder)}
        return penstock(*words, extra={**settings, **extra})

    @property
    def proxied(self) -> dict[str, str]:
        return {"HTTPS_PROXY": f"http://{self.proxy.address}"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("authority"), HOST, ELSEWHERE)


@pytest.fixture
def site(authority: Path, tmp_path: Path) -> Iterator[Site]:
    for name in ("authority.pem", "authority.key"):
        (tmp_path / name).write_bytes((authority.parent / name).read_bytes())
    with MiniRegistry(tls=tls(authority)) as registry:
        port = int(registry.address.rpartition(":")[2])
        with Proxy({HOST: port}) as proxy:
            yield Site(tmp_path, registry, proxy)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_private_authority_is_named_by_any_usual_variable(site: Site, variable: str) -> None:
    done = site.verify(**site.proxied, **{variable: str(site.authority)})
    assert (done.code, done.out.split()[0]) == (1, "REFUSED"), done.out + done.err
    assert site.proxy.asked


def test_without_it_nothing_is_looked_at(site: Site) -> None:
    done = site.verify(**site.proxied)
    assert done.code == 3
    assert "COULD NOT LOOK" in done.out
    assert "CERTIFICATE_VERIFY_FAILED" in done.out
    assert site.registry.web.calls == []


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_an_authority_that_cannot_be_read_is_told(site: Site, content: str | None) -> None:
    path = site.folder / "wrong.pem"
    if content is not None:
        path.write_text(content)
    done = site.verify(**site.proxied, SSL_CERT_FILE=str(path))
    assert done.code == 3, done.out + done.err
    assert "COULD NOT LOOK" in done.out
    assert "Traceback" not in done.err


SLOW = [pytest.param(one, marks=pytest.mark.slow) for one in ("nonsense", "http://[")]


@pytest.mark.parametrize("proxy", ["ftp://127.0.0.1:9", "http://x:y", *SLOW])
def test_a_proxy_that_is_none_is_told(site: Site, proxy: str) -> None:
    done = site.verify(HTTPS_PROXY=proxy, SSL_CERT_FILE=str(site.authority))
    assert done.code == 3, done.out + done.err
    assert "COULD NOT LOOK" in done.out
    assert "Traceback" not in done.err


@pytest.mark.slow
def test_a_host_that_needs_no_proxy_is_asked_directly(site: Site) -> None:
    done = site.verify(**site.proxied, NO_PROXY=HOST, SSL_CERT_FILE=str(site.authority))
    assert done.code == 3
    assert site.proxy.asked == []


def test_neither_the_proxy_nor_the_next_host_is_told_the_login(
    authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry sends its blobs on; the proxy has a login of its own."""
    login = ("user", "secret")
    found: dict[str, bytes] = {}
    with (
        MiniRegistry(tls=tls(authority), login=login) as registry,
        Loopback(
            lambda request: Response(200, found[request.path.rpartition("/")[2]]), tls(authority)
        ) as elsewhere,
    ):
        ports = {HOST: registry.url, ELSEWHERE: elsewhere.url}
        numbers = {name: int(url.rpartition(":")[2]) for name, url in ports.items()}
        held = registry.held(NAME)
        held.image("1.0")
        found.update(held.blobs)
        registry.blobs_elsewhere = f"https://{ELSEWHERE}"
        registry.url = f"https://{HOST}"
        (tmp_path / "config.json").write_text(
            json.dumps({"auths": {HOST: {"username": login[0], "password": login[1]}}})
        )
        with Proxy(numbers) as proxy:
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            monkeypatch.setenv("HTTPS_PROXY", f"http://who:what@{proxy.address}")
            with Registries({"DOCKER_CONFIG": str(tmp_path)}) as registries:
                image = open_image(f"{HOST}/{NAME}:1.0", home=tmp_path, private=tmp_path / "p",
                                   registry=registries.repository)  # fmt: skip
        assert isinstance(image, Image), image
        assert elsewhere.count("GET ") == 2
        assert any("authorization" in one.headers for one in registry.web.requests)
        for one in elsewhere.requests:
            assert "authorization" not in one.headers
        for one in (*registry.web.requests, *elsewhere.requests):
            assert "proxy-authorization" not in one.headers
        assert all("Proxy-Authorization: Basic" in head for head in proxy.asked)
        assert not any("\r\nAuthorization" in head for head in proxy.asked)
