"""What is signed is read in one way, or refused: an envelope, and the statement within."""

import base64
import contextlib
import json
from typing import Any, Final

import pytest
from hypothesis import given

from pipeline.signing.envelope import BUNDLE, IN_TOTO, opened
from pipeline.signing.errors import BundleError
from pipeline.verification.statement import Statement, read
from tests.support.junk import doubled, junk, places

STATEMENT: Final[dict[str, Any]] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "shop", "digest": {"sha256": "0" * 64}}],
    "predicateType": "https://slsa.dev/verification_summary/v1",
    "predicate": {"verificationResult": "PASSED", "verifier": {"id": "x"}},
}
ENVELOPE: Final[dict[str, Any]] = {
    "mediaType": BUNDLE,
    "dsseEnvelope": {
        "payload": base64.b64encode(json.dumps(STATEMENT).encode()).decode(),
        "payloadType": IN_TOTO,
        "signatures": [{"sig": "AAAA"}],
    },
}


def test_a_sound_one_is_read() -> None:
    found = read(opened(json.dumps(ENVELOPE).encode()).payload, IN_TOTO)
    assert found.digests == {"0" * 64}


@given(junk(STATEMENT))
def test_a_statement_with_something_odd_in_it_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(read(data, IN_TOTO), Statement)


@given(junk(ENVELOPE))
def test_an_envelope_with_something_odd_in_it_is_opened_or_refused(data: bytes) -> None:
    with contextlib.suppress(BundleError):
        assert isinstance(opened(data).payload, bytes)


def test_what_says_something_twice_is_refused() -> None:
    for path in places(STATEMENT):
        if isinstance(path[-1], str):
            with pytest.raises(ValueError, match="no in-toto statement"):
                read(doubled(STATEMENT, path, b'"FAILED"'), IN_TOTO)
    for path in places(ENVELOPE):
        if isinstance(path[-1], str):
            with pytest.raises(BundleError):
                opened(doubled(ENVELOPE, path, b'""'))
