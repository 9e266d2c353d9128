"""What is signed by a key while the log is down is said to be in no log."""

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.release.signers import Key, OrKey
from pipeline.signing.by_key import Kept
from pipeline.toolchain.http import Http

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1","predicate":{},"subject":[]}'


def test_a_key_that_stands_in_for_itself_is_no_log_either() -> None:
    with Http() as http:
        key = Key(ec.generate_private_key(ec.SECP256R1()), None, kept=Kept.STAMPED, http=http)
        assert OrKey(key, key).unlogged(key.sign(STATEMENT))
