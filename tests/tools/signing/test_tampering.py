"""A bundle that was changed is refused, or says no more than it did."""

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from pipeline.signing.check import check
from pipeline.signing.errors import BundleError
from pipeline.signing.keyless import Keyless
from pipeline.signing.trust import read
from tests.support.sigstore.encoding import Json
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1","predicate":{},"subject":[]}'
Path: TypeAlias = tuple[str | int, ...]


def leaves(node: object, at: Path = ()) -> Iterator[Path]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, (*at, name))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from leaves(value, (*at, place))
    else:
        yield at


def changed(value: str) -> str:
    """Change a number by one, a bit in the midst of base64, and a letter of other text."""
    if value.isdecimal():
        return str(int(value) + 1)
    try:
        data = bytearray(base64.b64decode(value, validate=True))
    except ValueError:
        return value[:-1] + chr(ord(value[-1]) ^ 1)
    data[len(data) // 2] ^= 1
    return base64.b64encode(data).decode()


def tampered(bundle: Json, at: Path, *, gone: bool) -> bytes:
    made: Any = copy.deepcopy(bundle)
    node = made
    for name in at[:-1]:
        node = node[name]
    if gone:
        del node[at[-1]]
    else:
        node[at[-1]] = changed(node[at[-1]])
    return json.dumps(made).encode()


UNSIGNED = {
    1: {"integratedTime", "signedTimestamp"},
    2: {"logIndex", "keyId", "integratedTime"},
}
"""What nobody signs beside the inclusion proof, or what a second time stands in for: without it
less is proven, and a policy may ask for more."""


@pytest.mark.parametrize("rekor", [1, 2])
def test_a_changed_value_is_refused_or_says_nothing_new(rekor: int) -> None:
    with FakeSigstore() as fake:
        config = fake.trust.client_trust_config(rekor=(rekor,))
        trust = read(json.dumps(config).encode(), "trust.json")
        signer = Keyless(trust, fake.issuer.github_token)
        signer.sign(STATEMENT)
        bundle = signer.sign(STATEMENT + b" ")
        read_back = json.loads(bundle)
        was = check(bundle, trust)
        tries = [(at, gone) for at in leaves(read_back) for gone in (False, True)]
        refused = 0
        for at, gone in tries:
            try:
                now = check(tampered(read_back, at, gone=gone), trust)
            except BundleError:
                refused += 1
            else:
                assert at[-1] in UNSIGNED[rekor], at
                assert "inclusionProof" not in at, at
                assert (now.payload, now.by) == (was.payload, was.by), at
                assert now.log_index == was.log_index, at
                assert set(now.times) <= set(was.times), at
                assert now.timestamps <= was.timestamps, at
        assert refused >= len(tries) - 5
