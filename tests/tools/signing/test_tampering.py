"""A bundle that was changed is refused, or says no more than it did, and the real cosign agrees."""

import json
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.signing.by_key import KeySigner, of_private
from pipeline.signing.check import Signed, check
from pipeline.signing.check_key import check_key
from pipeline.signing.errors import BundleError
from pipeline.signing.keyless import Keyless
from pipeline.signing.trust import Trust, read
from pipeline.toolchain.http import Http
from tests.support.cosign import Cosign, program
from tests.support.sigstore.keyfile import public_pem
from tests.support.sigstore.server import FakeSigstore
from tests.support.tampering import BY_KEY, KEYLESS, Material, leaves, tampered

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

SAN: Final = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
TYPE: Final = "https://example.com/kind/v1"
HEX: Final = "a" * 64
KEY: Final = ec.generate_private_key(ec.SECP256R1())


class Form(NamedTuple):
    rekor: int
    key: bool


FORMS: Final = {
    "keyless, v1": Form(1, key=False),
    "keyless, v2": Form(2, key=False),
    "key, v1": Form(1, key=True),
    "key, v2": Form(2, key=True),
}
_NO_STAMP: Final = {
    "the timestamp is of another signature",
    "the timestamp is by another authority",
    "the timestamp's time is another",
    "there is no timestamp",
}
_LESS: Final = {
    "there is no timestamp",
    "the log entry is gone",
    "the hint is of another key",
    "the hint is gone",
}
TAKEN: Final = {
    "keyless, v1": _NO_STAMP | {"another timestamp comes after it"},
    "keyless, v2": {"another timestamp comes after it"},
    "key, v1": _LESS,
    "key, v2": _LESS,
}
"""What is not refused, since it proves the same or less. v1 promises a time beside the timestamp;
what a key's bundle has to prove besides the signature is asked for by `transparency`."""

_NAME: Final = "cosign does not read what the entry is called, but what it is"
_ANEW: Final = "for Rekor v2 cosign writes the body anew, and takes the root from the checkpoint"
_PLACE: Final = "for Rekor v2 cosign takes size and place from the checkpoint and the entry"
_ASKED: Final = "cosign was told to ask for a log entry and a timestamp"
_ENOUGH: Final = "one good timestamp is enough for cosign"
_BOTH: Final = ("key, v1", "key, v2")
_V2: Final = ("keyless, v2", "key, v2")
DIFFERENT: Final = {
    "the entry's kind is another": (FORMS, _NAME),
    "the entry's version is another": (FORMS, _NAME),
    "the entry's body is another": (_V2, _ANEW),
    "the entry's body is spaced": (_V2, _ANEW),
    "the proof's root is another": (_V2, _ANEW),
    "the proof is of the root alone": (_V2, _PLACE),
    "the proof is of a place beyond the tree": (_V2, _PLACE),
    "the proof is of a place below zero": (_V2, _PLACE),
    "the timestamp is given twice": (FORMS, _ENOUGH),
    "another timestamp comes after it": (_BOTH, _ENOUGH),
    "the log entry is gone": (_BOTH, _ASKED),
    "there is no timestamp": (("keyless, v1", *_BOTH), _ASKED),
    **dict.fromkeys(_NO_STAMP - {"there is no timestamp"}, (("keyless, v1",), _ASKED)),
}
"""Where cosign answers otherwise: for which forms, and why."""


def said(number: int) -> bytes:
    subject = {"name": "acme/app", "digest": {"sha256": HEX}}
    return json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [subject],
                       "predicateType": TYPE, "predicate": {"n": number}}).encode()  # fmt: skip


class Bench:
    """Bundles to forge from, and both judges."""

    def __init__(self, form: Form, fake: FakeSigstore, http: Http, folder: Path) -> None:
        self.form, self.http, self.folder = form, http, folder
        self.trust = self._trust(fake)
        (folder / "root.json").write_text(json.dumps(fake.trust.trusted_root()))
        (folder / "key.pub").write_bytes(public_pem(KEY))
        self.cosign = Cosign(program(), folder)
        who = ("--certificate-identity", SAN, "--certificate-oidc-issuer", fake.issuer.url)
        self._who = ("--key", "key.pub") if form.key else who
        with FakeSigstore() as alien:
            own, other, foreign = self._signed(fake, 0), self._signed(fake, 1), self._signed(alien)
        self.material = Material(json.loads(own), json.loads(other), json.loads(foreign))
        self.good = self.check(own)
        assert self.agrees(own) == 0

    def _trust(self, fake: FakeSigstore) -> Trust:
        config = fake.trust.client_trust_config(rekor=(self.form.rekor,))
        return read(json.dumps(config).encode(), "trust.json")

    def _signed(self, fake: FakeSigstore, number: int = 0) -> bytes:
        trust = self._trust(fake)
        by_key = KeySigner(of_private(KEY), KEY.public_key(), trust=trust, http=self.http)
        signer = by_key if self.form.key else Keyless(trust, fake.issuer.github_token)
        signer.sign(said(9))  # a proof without hashes can lose none
        return signer.sign(said(number))

    def check(self, bundle: bytes) -> Signed:
        if self.form.key:
            return check_key(bundle, KEY.public_key(), self.trust)
        return check(bundle, self.trust)

    def agrees(self, bundle: bytes) -> int:
        """Return what cosign ends with, asked for log, time, signer, type and digest."""
        (self.folder / "bundle.json").write_bytes(bundle)
        words = ("--bundle", "bundle.json", "--trusted-root", "root.json", "--type", TYPE,
                 "--digest", HEX, "--digestAlg", "sha256", "--use-signed-timestamps")  # fmt: skip
        return self.cosign.run("verify-blob-attestation", *words, *self._who).returncode

    def refused(self, bundle: bytes) -> bool:
        """Say whether it is refused. What is not says nothing that the good one does not."""
        try:
            now = self.check(bundle)
        except BundleError:
            return True
        assert (now.payload, now.by) == (self.good.payload, self.good.by)
        assert now.log_index in {None, self.good.log_index}
        assert set(now.times) <= set(self.good.times)
        assert now.timestamps <= self.good.timestamps
        return False


_SLOW: Final = ("keyless, v1", "key, v2")
_PARAMS: Final = [
    pytest.param(one, marks=[pytest.mark.slow] if one in _SLOW else []) for one in FORMS
]


@pytest.mark.parametrize("form", _PARAMS)
def test_a_forgery_is_refused_and_cosign_agrees_but_where_it_is_known_not_to(
    tmp_path: Path, form: str
) -> None:
    with FakeSigstore() as fake, Http(timeout=5) as http:
        here = Bench(FORMS[form], fake, http, tmp_path)
        forgeries = BY_KEY if here.form.key else KEYLESS
        made = {name: forge(here.material) for name, forge in forgeries.items()}
        own = json.dumps(here.material.own).encode()
        assert own not in made.values()
        refused = {name for name, bundle in made.items() if here.refused(bundle)}
        assert set(made) - refused == TAKEN[form]
        assert len(refused) >= 40
        believed = {name for name, bundle in made.items() if here.agrees(bundle) == 0}
        different = {name for name in made if (name in refused) == (name in believed)}
        assert different == {
            name for name, (forms, _) in DIFFERENT.items() if form in forms and name in made
        }


_BOTH_WAYS: Final = ("altered", "gone")
_CALLED: Final = {f"{how} kindVersion.{one}" for how in _BOTH_WAYS for one in ("kind", "version")}
_TREE: Final = {
    f"{how} inclusionProof.{one}"
    for how in _BOTH_WAYS
    for one in ("logIndex", "rootHash", "treeSize")
}
_BESIDE: Final = {"altered 0.logIndex", "gone 0.logIndex", "altered logId.keyId"}
_TIME: Final = {"altered 0.integratedTime", "gone 0.integratedTime"}
_HINT: Final = {"altered publicKey.hint", "gone publicKey.hint"}
_LOST: Final = {"gone 0.integratedTime", "altered 0.signedTimestamp"}
_PROMISE: Final = {"gone inclusionPromise.signedEntryTimestamp"}
UNSIGNED: Final = {
    "keyless, v1": _LOST,
    "keyless, v2": _BESIDE | _TIME,
    "key, v1": _HINT,
    "key, v2": _BESIDE | _TIME | _HINT,
}
"""What nobody signs beside the inclusion proof, or what a second time stands in for: without it
less is proven, and a policy may ask for more."""
UNREAD: Final = {
    "keyless, v1": _CALLED | _PROMISE | _LOST,
    "keyless, v2": _CALLED | _TREE | _BESIDE | {"altered 0.integratedTime"},
    "key, v1": _CALLED | _PROMISE,
    "key, v2": _CALLED | _TREE | _BESIDE,
}
"""Where cosign answers otherwise: it reads the tree off the checkpoint and what an entry is off its
body, holds the entry's place beside the proof to be the place, and asks for every time at once."""

CHANCE: Final = {"altered 0.canonicalizedBody"}
"""cosign asks no more of Rekor v2's body than to be JSON, and it may be so still."""


@pytest.mark.parametrize("form", _PARAMS)
def test_a_changed_value_is_refused_or_says_nothing_new_and_cosign_agrees_but_where_known(
    tmp_path: Path, form: str
) -> None:
    with FakeSigstore() as fake, Http(timeout=5) as http:
        here = Bench(FORMS[form], fake, http, tmp_path)
        own = here.material.own
        made = {
            f"{how} {'.'.join(map(str, at[-2:]))}": tampered(own, at, gone=how == "gone")
            for at in leaves(own)
            for how in _BOTH_WAYS
        }
        taken = {name for name, bundle in made.items() if not here.refused(bundle)}
        assert taken == UNSIGNED[form]
        believed = {name for name, bundle in made.items() if here.agrees(bundle) == 0}
        assert (taken ^ believed) - CHANCE == UNREAD[form]
        assert len(made) == 2 * len(list(leaves(own)))
