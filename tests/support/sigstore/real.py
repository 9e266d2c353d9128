"""The real Fulcio, Rekor v2 and timestamp authority on loopback, built from their Go modules.

The OIDC issuer and the CT log stay those of the fake: Fulcio speaks to both as to real ones.
Rekor v1 needs databases, and the real CT log cannot be installed as a module.

    with RealSigstore() as real:
        config = ClientTrustConfig.from_json(json.dumps(real.client_trust_config()))
        token = real.fake.issuer.github_token()
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Final, Self
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509 import load_pem_x509_certificates

from tests.support import gomodule
from tests.support.sigstore.encoding import Json, b64, der, pem, sha256, spki
from tests.support.sigstore.github import METADATA
from tests.support.sigstore.server import FakeSigstore

FULCIO: Final = gomodule.Module(
    name="fulcio",
    path="github.com/sigstore/fulcio",
    version="v1.8.8",
    sum="h1:AtVoVQ4R7YaP6RHIH9puHyB398CHS/9WYc6d+gKf5Y0=",
    package="",
)
REKOR: Final = gomodule.Module(
    name="rekor-server",
    path="github.com/sigstore/rekor-tiles/v2",
    version="v2.3.0",
    sum="h1:HhMgH61UP0t899V8Fjt7pz1YdgOBptbaQdnCF+79cdc=",
    package="cmd/rekor-server/posix",
)
TSA: Final = gomodule.Module(
    name="timestamp-server",
    path="github.com/sigstore/timestamp-authority/v2",
    version="v2.1.3",
    sum="h1:Fc+LjCTfik1lh3YLkaosENfkXa3R2Y1nswiUKutBdFA=",
    package="cmd/timestamp-server",
)
_READY: Final = 30.0


def program(module: gomodule.Module) -> Path:
    """Return one of them. The test is skipped where Go cannot build it."""
    try:
        return gomodule.built(module)
    except gomodule.MissingError as why:
        pytest.skip(f"{module.name}: {why}")


class RealSigstore:
    """The services, and the trust material that describes them."""

    def __init__(self) -> None:
        self.fake = FakeSigstore()
        """Issuer and CT log."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            stack.enter_context(self.fake)
            for start in (self._rekor, self._tsa, self._fulcio):
                start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _rekor(self) -> None:
        self._log_key = ed25519.Ed25519PrivateKey.generate()
        key = self._folder / "rekor.pem"
        key.write_bytes(_pem(self._log_key))
        http, grpc, metrics = _free_ports(3)
        self.rekor_url = f"http://127.0.0.1:{http}"
        self._serve(
            f"{self.rekor_url}/healthz",
            *(program(REKOR), "serve", "--http-address=127.0.0.1", f"--http-port={http}"),
            *("--grpc-address=127.0.0.1", f"--grpc-port={grpc}", f"--http-metrics-port={metrics}"),
            *("--hostname=127.0.0.1", f"--storage-dir={self._folder / 'log'}"),
            *(f"--signer-filepath={key}", "--checkpoint-interval=200ms", "--batch-max-age=50ms"),
            "--persistent-antispam=true",
        )
        # Entry 0 has no index in Go's JSON, which sigstore-python refuses; two, so that no
        # proof is empty.
        for _ in range(2):
            _ask(f"{self.rekor_url}/api/v2/log/entries", json.dumps(_seed()).encode())

    def _tsa(self) -> None:
        (port,) = _free_ports(1)
        self.tsa_url = f"http://127.0.0.1:{port}/api/v1/timestamp"
        self._serve(
            f"http://127.0.0.1:{port}/ping",
            *(program(TSA), "serve", "--host", "127.0.0.1", "--port", str(port)),
            *("--timestamp-signer", "memory", "--disable-ntp-monitoring"),
        )

    def _fulcio(self) -> None:
        http, grpc, metrics = _free_ports(3)
        self.fulcio_url = f"http://127.0.0.1:{http}"
        issuer = self.fake.issuer.url
        told = {
            "oidc-issuers": {
                issuer: {
                    "issuer-url": issuer,
                    "client-id": "sigstore",
                    "type": "ci-provider",
                    "ci-provider": "github-workflow",
                }
            },
            "ci-issuer-metadata": {"github-workflow": METADATA},
        }
        config, chain, key = (self._folder / name for name in ("config.yaml", "ca.crt", "ca.key"))
        # The comment keeps it from being JSON, which Fulcio reads by other names of its keys.
        config.write_text(f"# YAML\n{json.dumps(told)}")
        authority = self.fake.trust.ca
        chain.write_text(pem(authority.intermediate) + pem(authority.root))
        key.write_bytes(_pem(authority.key))
        self._serve(
            f"{self.fulcio_url}/api/v2/trustBundle",
            *(program(FULCIO), "serve", "--host", "127.0.0.1", "--port", str(http)),
            *("--grpc-host", "127.0.0.1", "--grpc-port", str(grpc)),
            *("--metrics-port", str(metrics), "--legacy-unix-domain-socket", f"@fulcio-{http}"),
            *(
                "--config-path",
                str(config),
                "--ct-log-url",
                f"{self.fake.url}/ct",
                "--ca",
                "fileca",
            ),
            *("--fileca-watch=false", "--fileca-cert", str(chain), "--fileca-key", str(key)),
            *("--fileca-key-passwd", "unused"),
        )

    def _serve(self, probe: str, *command: str | Path) -> None:
        self._stack.enter_context(_running(self._folder, probe, command))

    def client_trust_config(self) -> Json:
        """The fake's, with authorities and log replaced by the real ones."""
        config = self.fake.trust.client_trust_config()
        signing = config["signingConfig"]
        signing["caUrls"][0]["url"] = self.fulcio_url
        signing["rekorTlogUrls"][0]["url"] = self.rekor_url
        signing["tsaUrls"][0]["url"] = self.tsa_url
        return {**config, "trustedRoot": self.trusted_root}

    @cached_property
    def trusted_root(self) -> Json:
        """What a verifier needs."""
        root = self.fake.trust.trusted_root()
        start = root["ctlogs"][0]["publicKey"]["validFor"]
        public = self._log_key.public_key()
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        key_id = {"keyId": b64(sha256(b"127.0.0.1\n\x01" + raw))}
        known = {"rawBytes": b64(spki(public)), "keyDetails": "PKIX_ED25519", "validFor": start}
        root["tlogs"] = [
            {
                "baseUrl": self.rekor_url,
                "hashAlgorithm": "SHA2_256",
                "logId": key_id,
                "checkpointKeyId": key_id,
                "publicKey": known,
            }
        ]
        root["certificateAuthorities"][0]["uri"] = self.fulcio_url
        chain = load_pem_x509_certificates(_ask(f"{self.tsa_url}/certchain"))
        root["timestampAuthorities"][0] |= {
            "uri": self.tsa_url,
            "certChain": {"certificates": [{"rawBytes": b64(der(one))} for one in chain]},
        }
        return root


def _pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _seed() -> Json:
    """Make an entry of the log."""
    key = ec.generate_private_key(ec.SECP256R1())
    verifier = {
        "publicKey": {"rawBytes": b64(spki(key.public_key()))},
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
    }
    signature = b64(key.sign(b"seed", ec.ECDSA(hashes.SHA256())))
    return {
        "hashedRekordRequestV002": {
            "digest": b64(sha256(b"seed")),
            "signature": {"content": signature, "verifier": verifier},
        }
    }


@contextmanager
def _running(folder: Path, probe: str, command: tuple[str | Path, ...]) -> Iterator[None]:
    """Run a server until the end, once it answers."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)
        try:
            _wait(lambda: process.poll() is None, probe, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(lives: Callable[[], bool], probe: str, log: Path) -> None:
    ends = time.monotonic() + _READY
    while lives() and time.monotonic() < ends:
        try:
            _ask(probe)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"it did not start: {log.read_text(errors='replace')[-2000:]}")


def _ask(url: str, data: bytes | None = None) -> bytes:
    request = Request(url, data, {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
    return body


def _free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
