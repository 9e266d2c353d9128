"""Names by hashing: what they are, so that findings of earlier runs are found again."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.digests import digest, digest_also_behind

_PARTS = st.lists(
    st.text() | st.integers() | st.booleans() | st.none() | st.lists(st.text(), max_size=2),
    max_size=4,
)


@given(_PARTS)
def test_a_digest_is_that_of_the_parts_as_canonical_json(parts: list[object]) -> None:
    written = json.dumps(parts, separators=(",", ":")).encode()

    assert digest(*parts) == hashlib.sha256(written).hexdigest()[:32]


@given(st.text(), _PARTS)
def test_two_digests_at_once_are_what_each_is_alone(word: str, parts: list[object]) -> None:
    assert digest_also_behind(word, *parts) == (digest(*parts), digest(word, *parts))
