"""Docker's own registry as Debian ships it: no list of referrers, and logins by password."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.oci.registry.attached import attach, attached
from pipeline.oci.registry.copying import copy
from pipeline.oci.registry.errors import RegistryError
from pipeline.oci.registry.login import Login
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.referrers import fallback_tag, listed
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from pipeline.toolchain.http import Http
from tests.support.command import penstock
from tests.support.cosign import Cosign
from tests.support.cosign import program as cosign
from tests.support.distribution import USER, running
from tests.support.registry.content import Held
from tests.support.releasing import VERIFIER, bundle, token_file, trust_file
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NAME = "acme/app"
WHEN = "2026-11-22T12:00:00Z"
SAN = f"{VERIFIER}@refs/heads/main"


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=5, tries=2, sleep=lambda _: None) as one:
        yield one


def repository(host: str, http: Http, *, name: str = NAME, login: bool = False) -> Repository:
    place = RegistryReference.parse(f"{host}/{name}")
    known = Login(user=USER[0], secret=USER[1]) if login else None
    return Repository(Session(place, http=http, login=known))


def push(there: Repository, tag: str = "1.0") -> str:
    """Push a small image as any client does, and return its digest."""
    held = Held()
    digest = str(held.image()["digest"])
    for one, data in held.blobs.items():
        there.push_blob(data, one)
    raw, kind = held.manifests[digest]
    there.push_manifest(raw, kind, tag=tag)
    return digest


@pytest.mark.parametrize("login", [False, True])
def test_what_is_attached_is_listed_under_the_fallback_tag(
    tmp_path: Path, http: Http, *, login: bool
) -> None:
    with running(tmp_path, login=login) as host:
        ours = repository(host, http, login=login)
        digest = push(ours)
        subject = ours.resolve("1.0")
        assert subject.digest == digest
        assert listed(ours, digest) == ()
        bundles = [b'{"n":%d}' % n for n in range(3)]
        for data in bundles:
            attach(ours, subject, data, predicate_type="https://a.example/p", created=WHEN)
        assert sorted(one.bundle for one in attached(ours, digest)) == bundles
        assert ours.resolve(fallback_tag(digest)).media_type.endswith("index.v1+json")


def test_who_may_not_look_is_told_so_and_not_that_there_is_nothing(
    tmp_path: Path, http: Http
) -> None:
    with running(tmp_path, login=True) as host:
        digest = push(repository(host, http, login=True))
        stranger = repository(host, http)
        with pytest.raises(RegistryError, match="wants a login"):
            list(attached(stranger, digest))
        with pytest.raises(RegistryError, match="wants a login"):
            stranger.push_blob(b"x", "sha256:" + "0" * 64)


def test_an_image_is_copied_with_all_that_refers_to_it(tmp_path: Path, http: Http) -> None:
    with ExitStack() as open_:
        source = repository(open_.enter_context(running(tmp_path / "a")), http)
        host = open_.enter_context(running(tmp_path / "b", login=True))
        target = repository(host, http, name="live/app", login=True)
        digest = push(source)
        subject = source.resolve(digest)
        attach(source, subject, b"{}", predicate_type="https://a.example/p", created=WHEN)
        copied = copy(source, target, digest, scratch=tmp_path / "layer")
        assert copied.manifests == (digest,)
        assert [one.bundle for one in attached(target, digest)] == [b"{}"]


def test_a_release_is_signed_promoted_and_verified_there(tmp_path: Path, http: Http) -> None:
    with FakeSigstore() as fake, ExitStack() as open_:
        source = open_.enter_context(running(tmp_path / "a"))
        target = open_.enter_context(running(tmp_path / "b", login=True))
        digest = push(repository(source, http))
        ref = f"{source}/{NAME}@{digest}"
        known = base64.b64encode(":".join(USER).encode()).decode()
        settings = {"auths": {target: {"auth": known}}}
        (tmp_path / "config.json").write_text(json.dumps(settings))
        environment = {"DOCKER_CONFIG": str(tmp_path)}
        root = json.dumps(fake.trust.trusted_root())
        (tmp_path / "trusted_root.json").write_text(root)
        signer = {"issuer": fake.issuer.url, "identity": SAN, "verifier": VERIFIER}
        policy = {"apiVersion": "penstock/v1", "kind": "VerifyPolicy", "environment": "release",
                  "resource": f"{source}/{NAME}", "signers": [signer]}  # fmt: skip
        (tmp_path / "verify.yaml").write_text(json.dumps(policy))
        signed = penstock("sign", ref, "--bundle", bundle(tmp_path / "bundle", digest),
                          "--verifier", VERIFIER, "--trust", trust_file(fake, tmp_path),
                          "--identity-token-file", token_file(fake, tmp_path))  # fmt: skip
        assert signed.code == 0, signed.err
        promoted = penstock("promote", ref, f"{target}/live/app:1.0", "--policy",
                            tmp_path / "verify.yaml", extra=environment)  # fmt: skip
        assert promoted.code == 0, promoted.out + promoted.err
        there = f"{target}/live/app@{digest}"
        verified = penstock("verify", there, "--policy", tmp_path / "verify.yaml",
                            extra=environment)  # fmt: skip
        assert verified.code == 0, verified.out + verified.err
        stranger = penstock("verify", there, "--policy", tmp_path / "verify.yaml",
                            extra={"DOCKER_CONFIG": str(tmp_path / "a")})  # fmt: skip
        assert stranger.code == 3, stranger.out
        judge = Cosign(cosign(), tmp_path)
        done = judge.run(
            *("verify-attestation", "--allow-http-registry", "--trusted-root"),
            *("trusted_root.json", "--type", "https://slsa.dev/verification_summary/v1"),
            *("--certificate-identity", SAN, "--certificate-oidc-issuer", fake.issuer.url),
            there,
        )
        assert done.returncode == 0, done.stderr
