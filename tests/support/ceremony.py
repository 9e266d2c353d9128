"""An image that was judged, whoever signs it, and what lies beside it in its registry then."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.oci.registry.referrers import fallback_tag
from pipeline.signing.check import check
from pipeline.signing.check_key import check_key
from pipeline.signing.envelope import opened
from pipeline.signing.trust import read
from tests.support.command import Ran
from tests.support.inside import inside
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER, bundle, token_file, trust_file
from tests.support.sigstore.keyfile import cosign_key
from tests.support.sigstore.server import FakeSigstore

NAME: Final = "acme/app"
SAN: Final = f"{VERIFIER}@refs/heads/main"
PASSPHRASE: Final = "secret"
KEY: Final = ec.generate_private_key(ec.SECP256R1())
_SEALED: Final = cosign_key(KEY, PASSPHRASE.encode())


class Ceremony:
    """Signs in this process. `key` signs by a key, and logs it where there is a `rekor`; `ambient`
    as a job on GitHub."""

    def __init__(
        self,
        fake: FakeSigstore,
        registry: MiniRegistry,
        folder: Path,
        *,
        rekor: int = 2,
        key: bool = False,
        ambient: bool = False,
        architectures: tuple[str, ...] = (),
        command: Callable[..., Ran] = inside,
        **judged: Any,
    ) -> None:
        self.fake, self.registry, self.folder, self.key = fake, registry, folder, key
        self.rekor, self.ambient, self._command = rekor, ambient, command
        held = registry.held(NAME)
        if architectures:
            self.digest = held.index("1.0", architectures=architectures)["digest"]
            raw = json.loads(held.manifests[self.digest][0])
            self.platforms = tuple(one["digest"] for one in raw["manifests"])
        else:
            self.digest, self.platforms = held.image("1.0")["digest"], ()
        self.bundle = bundle(folder / "b", *(self.platforms or (self.digest,)), **judged)
        self.before = set(held.manifests)
        self.ref = f"{registry.address}/{NAME}@{self.digest}"
        self.trusts()
        (folder / "trusted_root.json").write_text(json.dumps(fake.trust.trusted_root()))
        (folder / "cosign.key").write_bytes(_SEALED)
        self.deployer()

    def trusts(self) -> None:
        """Write by which Sigstore it is signed."""
        rekor = self.rekor
        self.trust_file = trust_file(self.fake, self.folder, rekor=rekor) if rekor else None

    @property
    def words(self) -> tuple[str | Path, ...]:
        """Who signs, as the command line says it."""
        trust = () if self.trust_file is None else ("--trust", self.trust_file)
        if self.key:
            return (*trust, "--key", self.folder / "cosign.key")
        if self.ambient:
            return trust
        return (*trust, "--identity-token-file", token_file(self.fake, self.folder))

    def sign(self, *more: str | Path, words: Any = None, **extra: str) -> Ran:
        said = self.words if words is None else words
        job = self.fake.github_environment() if self.ambient else {}
        return self._command(
            "sign", self.ref, "--bundle", self.bundle, "--verifier", VERIFIER, *said, *more,
            extra={"COSIGN_PASSWORD": PASSPHRASE, **job, **extra},
        )  # fmt: skip

    def deployer(self, **fields: Any) -> Path:
        """Write what whoever deploys it asks for."""
        signer = {"issuer": self.fake.issuer.url, "identity": SAN, "repository_id": "1001",
                  "verifier": VERIFIER}  # fmt: skip
        values = {"apiVersion": "penstock/v1", "kind": "VerifyPolicy", "environment": "release",
                  "resource": f"{self.registry.address}/{NAME}", "signers": [signer],
                  **fields}  # fmt: skip
        path = self.folder / "verify.yaml"
        path.write_text(json.dumps(values))
        return path

    def verify(self, ref: str | None = None) -> Ran:
        return self._command("verify", ref or self.ref, "--policy", self.folder / "verify.yaml")

    @property
    def journal(self) -> Any:
        return json.loads((self.bundle / "signing.json").read_bytes())

    def pushed(self) -> set[str]:
        """Digests of the manifests that came to the registry since the image."""
        return set(self.registry.held(NAME).manifests) - self.before

    def nothing_pushed(self) -> None:
        assert self.pushed() == set()
        assert not [one for one in self.registry.web.calls if one.startswith(("PUT", "POST"))]

    def listed(self, digest: str) -> list[bytes]:
        """The Sigstore bundles that a registry's list names for a digest."""
        held = self.registry.held(NAME)
        if self.registry.referrers:
            found = [raw for raw, _ in held.manifests.values() if _subject(raw) == digest]
        else:
            tag = held.tags.get(fallback_tag(digest))
            index = [] if tag is None else json.loads(held.manifests[tag][0])["manifests"]
            found = [held.manifests[one["digest"]][0] for one in index]
        return [held.blobs[json.loads(raw)["layers"][0]["digest"]] for raw in found]

    def said_once(self) -> None:
        """Hold that no statement lies beside a manifest twice."""
        for target in (self.digest, *self.platforms):
            said = Counter(opened(one).payload for one in self.listed(target))
            assert all(times == 1 for times in said.values()), said.values()

    def whole(self) -> None:
        """Hold that all is signed, stored and listed, each once, as the bundle has it."""
        reached = self.journal["statements"]
        for target in (self.digest, *self.platforms):
            due = {one["name"] for one in reached if target in one["targets"]}
            files = [(self.bundle / f"{name}.sigstore.json").read_bytes() for name in due]
            assert sorted(self.listed(target)) == sorted(files)
            assert due
        for one in reached:
            assert one["state"] == ("listed" if one["targets"] else "signed"), one
            statement = self.bundle / "attestations" / f"{one['name']}.intoto.json"
            data = (self.bundle / f"{one['name']}.sigstore.json").read_bytes()
            assert self._checked(data) == statement.read_bytes()

    def _checked(self, data: bytes) -> bytes:
        root = json.dumps(self.fake.trust.trusted_root()).encode()
        trust = read(root, "root") if self.rekor else None
        if self.key:
            return check_key(data, KEY.public_key(), trust).payload
        assert trust is not None
        return check(data, trust).payload


def _subject(raw: bytes) -> str | None:
    subject = json.loads(raw).get("subject") or {}
    return subject.get("digest")
