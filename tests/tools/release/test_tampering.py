"""A registry that changes what was signed: it is refused or not answered, as the real cosign does.

cosign is asked for the summary alone; Penstock answers nothing where it could not see everything,
since what it did not see may be the FAIL.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import pytest

from pipeline.oci.registry.referrers import fallback_tag
from pipeline.verification.judge import SUMMARY
from tests.support.ceremony import NAME, SAN, Ceremony
from tests.support.cosign import Cosign, program
from tests.support.registry.content import INDEX, MANIFEST, Held, digest_of
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.encoding import Json
from tests.support.sigstore.server import FakeSigstore
from tests.support.tampering import SIGNATURE, tampered

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"


class Shelf:
    """What lies beside a signed image, to be changed."""

    def __init__(self, held: Held, digest: str) -> None:
        self.held, self.digest, self.tag = held, digest, fallback_tag(digest)

    @property
    def summary(self) -> str:
        """The digest of the summary's manifest."""
        return next(
            digest
            for digest, (raw, _) in self.held.manifests.items()
            if self._kind(raw) == SUMMARY and json.loads(raw)["subject"]["digest"] == self.digest
        )

    @staticmethod
    def _kind(raw: bytes) -> Any:
        return json.loads(raw).get("annotations", {}).get("in-toto.io/predicate-type")

    def bundle(self) -> Json:
        (layer,) = json.loads(self.held.manifests[self.summary][0])["layers"]
        found: Json = json.loads(self.held.blobs[layer["digest"]])
        return found

    def edit(self, **fields: Any) -> None:
        """Put another manifest in the summary's place, listed as it was."""
        old = self.summary
        manifest = json.loads(self.held.manifests.pop(old)[0])
        new = self.held.manifest({**manifest, **fields})
        self.entries(lambda listed: [one | new if one["digest"] == old else one for one in listed])

    def layer(self, data: bytes, **fields: Any) -> None:
        self.edit(layers=[self.held.blob(data, BUNDLE) | fields])

    def relayer(self, **fields: Any) -> None:
        """Change how the manifest describes the same bundle."""
        (layer,) = json.loads(self.held.manifests[self.summary][0])["layers"]
        self.edit(layers=[layer | fields])

    def drop(self) -> None:
        old = self.summary
        del self.held.manifests[old]
        self.entries(lambda listed: [one for one in listed if one["digest"] != old])

    def entries(self, change: Callable[[list[Json]], list[Json]]) -> None:
        """Change the list under the fallback tag, where there is one."""
        if self.tag in self.held.tags:
            raw = json.loads(self.held.manifests[self.held.tags[self.tag]][0])
            self.held.manifest({**raw, "manifests": change(raw["manifests"])}, self.tag)

    def index(self, raw: bytes, kind: str = INDEX) -> None:
        """Put other bytes under the fallback tag."""
        self.held.manifests[digest_of(raw)] = (raw, kind)
        self.held.tags[self.tag] = digest_of(raw)

    def other(self) -> bytes:
        """The bundle of another statement about the same image."""
        for raw, _ in self.held.manifests.values():
            if self._kind(raw) not in {None, SUMMARY}:
                return self.held.blobs[json.loads(raw)["layers"][0]["digest"]]
        raise AssertionError("there is no other")


Change: TypeAlias = Callable[[Shelf], object]


class Case(NamedTuple):
    change: Change
    code: int
    """0 for verified, 1 for refused, 3 where something could not be seen."""


def _corrupt(shelf: Shelf) -> None:
    raw, kind = shelf.held.manifests[shelf.summary]
    shelf.held.manifests[shelf.summary] = (raw + b" ", kind)


def _blob_gone(shelf: Shelf) -> None:
    (layer,) = json.loads(shelf.held.manifests[shelf.summary][0])["layers"]
    del shelf.held.blobs[layer["digest"]]


def _blob_other(shelf: Shelf) -> None:
    (layer,) = json.loads(shelf.held.manifests[shelf.summary][0])["layers"]
    shelf.held.blobs[layer["digest"]] = shelf.other()


def _manifest_gone(shelf: Shelf) -> None:
    del shelf.held.manifests[shelf.summary]


def _noise(shelf: Shelf) -> None:
    new = shelf.held.manifest({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [],
        "subject": {"mediaType": MANIFEST, "digest": shelf.digest, "size": 1},
    })  # fmt: skip
    shelf.entries(lambda listed: [*listed, new])


WHEREVER: Final = {
    "nothing is changed": Case(lambda _: None, 0),
    "the summary is gone": Case(Shelf.drop, 1),
    "the summary's bytes are others": Case(_corrupt, 3),
    "its bundle is gone": Case(_blob_gone, 3),
    "its bundle's bytes are others": Case(_blob_other, 3),
    "its bundle is that of another statement": Case(lambda s: s.layer(s.other()), 1),
    "its signature is altered": Case(
        lambda s: s.layer(tampered(s.bundle(), SIGNATURE, gone=False)), 1
    ),
    "its signature is gone": Case(lambda s: s.layer(tampered(s.bundle(), SIGNATURE, gone=True)), 1),
    "its bundle is no JSON": Case(lambda s: s.layer(b"{"), 1),
    "its bundle is said to be larger": Case(lambda s: s.relayer(size=10**6), 1),
    "its bundle is said to be smaller": Case(lambda s: s.relayer(size=1), 1),
    "its bundle is said to be huge": Case(lambda s: s.relayer(size=5 << 30), 1),
    "its bundle is called a text": Case(lambda s: s.relayer(mediaType="text/plain"), 1),
    "its bundle has no digest": Case(lambda s: s.relayer(digest="sha256:x"), 1),
    "it has no bundle": Case(lambda s: s.edit(layers=[]), 1),
    "it has two bundles": Case(
        lambda s: s.edit(layers=2 * json.loads(s.held.manifests[s.summary][0])["layers"]), 1
    ),
    "it is called something else": Case(lambda s: s.edit(artifactType="text/plain"), 0),
    "its notes name another type": Case(
        lambda s: s.edit(annotations={"dev.sigstore.bundle.predicateType": "https://x.example"}),
        0,
    ),
    "an index refers to the image": Case(_noise, 0),
}
BY_TAG: Final = {
    "the list names what is not there": Case(_manifest_gone, 3),
    "the list leaves the summary out": Case(
        lambda s: s.entries(lambda listed: [one for one in listed if one["digest"] != s.summary]),
        1,
    ),
    "the list is empty": Case(lambda s: s.entries(lambda _: []), 1),
    "the list is gone": Case(lambda s: s.held.tags.pop(s.tag), 1),
    "the list is the image": Case(lambda s: s.held.tags.update({s.tag: s.digest}), 1),
    "the list is no JSON": Case(lambda s: s.index(b"{"), 3),
    "the list is a number": Case(lambda s: s.index(b"1"), 3),
    "the list is called a manifest": Case(
        lambda s: s.index(s.held.manifests[s.held.tags[s.tag]][0], MANIFEST), 3
    ),
    "the list names another algorithm": Case(
        lambda s: s.entries(lambda listed: [*listed, listed[0] | {"digest": "md5:00"}]), 0
    ),
    "the list names half a digest": Case(
        lambda s: s.entries(lambda listed: [*listed, listed[0] | {"digest": "sha256:00"}]), 3
    ),
    "the list names a way out": Case(
        lambda s: s.entries(lambda listed: [*listed, listed[0] | {"digest": "../../x"}]), 3
    ),
    "the list names the image itself": Case(
        lambda s: s.entries(lambda listed: [*listed, listed[0] | {"digest": s.digest, "size": 1}]),
        0,
    ),
    "the list names all of it twice": Case(
        lambda s: s.entries(lambda listed: [*listed, *listed]), 0
    ),
    "the list is longer than anybody reads": Case(
        lambda s: s.entries(
            lambda listed: [listed[0] | {"digest": digest_of(b"%d" % n)} for n in range(1_001)]
        ),
        3,
    ),
}
DIFFERENT: Final = {
    "the list is called a manifest": "cosign reads what it calls itself, and not the header",
    "the list names another algorithm": "cosign reads no list in which one digest is unknown to it",
}
"""Where cosign answers otherwise, and why."""


class Stage(NamedTuple):
    signed: Ceremony
    cosign: Cosign
    kept: tuple[dict[str, bytes], dict[str, tuple[bytes, str]], dict[str, str]]

    def judged(self) -> tuple[int, int]:
        done = self.signed.verify()
        assert ("VERIFIED" in done.out) == (done.code == 0), done.out
        words = ("--allow-http-registry", "--trusted-root", "trusted_root.json", "--type", SUMMARY,
                 "--certificate-identity", SAN, "--certificate-oidc-issuer",
                 self.signed.fake.issuer.url)  # fmt: skip
        asked = self.cosign.run("verify-attestation", *words, self.signed.ref)
        return done.code, asked.returncode


@pytest.fixture(scope="module", params=["referrers", "fallback tag"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("tampering")
    with FakeSigstore() as fake, MiniRegistry(referrers=request.param == "referrers") as registry:
        signed = Ceremony(fake, registry, folder)
        done = signed.sign()
        assert done.code == 0, done.err
        held = registry.held(NAME)
        kept = (dict(held.blobs), dict(held.manifests), dict(held.tags))
        yield Stage(signed, Cosign(program(), folder), kept)


@pytest.fixture
def shelf(stage: Stage) -> Iterator[Shelf]:
    held = stage.signed.registry.held(NAME)
    yield Shelf(held, stage.signed.digest)
    held.blobs, held.manifests, held.tags = (dict(stage.kept[0]), dict(stage.kept[1]),
                                             dict(stage.kept[2]))  # fmt: skip


def judge(stage: Stage, shelf: Shelf, name: str, case: Case) -> None:
    case.change(shelf)
    ours, cosign = stage.judged()
    assert ours == case.code
    assert ((cosign == 0) == (ours == 0)) is (name not in DIFFERENT)


@pytest.mark.parametrize("name", WHEREVER)
def test_what_lies_beside_an_image_is_what_was_signed_or_refused(
    stage: Stage, shelf: Shelf, name: str
) -> None:
    judge(stage, shelf, name, WHEREVER[name])


@pytest.mark.parametrize("stage", ["fallback tag"], indirect=True)
@pytest.mark.parametrize("name", BY_TAG)
def test_a_list_that_anybody_may_write_hides_nothing_and_proves_nothing(
    stage: Stage, shelf: Shelf, name: str
) -> None:
    judge(stage, shelf, name, BY_TAG[name])
