"""The identity token with which a certificate is asked for."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

from pipeline.errors import UsageError
from pipeline.signing.errors import SigningError
from pipeline.signing.patience import refused
from pipeline.toolchain.reading import read_some

TokenSource: TypeAlias = Callable[[], str]
"""Fetches a fresh token whenever a certificate is needed."""

MAX_TOKEN: Final = 64 << 10
_WRITTEN: Final = (
    "have the issuer write one there, of the audience `sigstore`, right before signing"
)


def from_file(path: Path) -> TokenSource:
    """Read the token from a file, anew each time."""

    def read() -> str:
        try:
            data = read_some(path, MAX_TOKEN)
            token = data.decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} holds no identity token: {error}", hint=_WRITTEN) from error
        if len(data) > MAX_TOKEN or token.count(".") != 2:  # noqa: PLR2004 -- three parts of a JWT
            raise UsageError(f"{path} holds no identity token: a JWT is due", hint=_WRITTEN)
        return token

    return read


def expected(token: str) -> tuple[str, frozenset[str]]:
    """Return the issuer and the names of which a certificate will bear one.

    Nothing is verified: it serves to find signatures of the same identity again, and where it
    finds none there is one signature more. Raises SigningError for what is no token.
    """
    try:
        part = token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        names = {str(claims[name]) for name in ("email", "sub") if claims.get(name)}
        names |= {
            f"{start}{claims[name]}" for name, start in _WORKFLOWS.items() if claims.get(name)
        }
        return str(claims["iss"]), frozenset(names)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SigningError(
            f"the identity token is no JWT that names its issuer: {error}",
            hint="fetch a new one from the issuer",
        ) from error


STRANGER: Final = (
    "a service answers with what its keys in the trust configuration do not hold: see that --trust "
    "is of this Sigstore, and who answers at its addresses"
)


def advice(error: BaseException) -> str:
    """Say what to do about what no other try can mend; nothing where that is not known."""
    from jwt import ExpiredSignatureError, ImmatureSignatureError, InvalidAudienceError
    from sigstore.errors import VerificationError
    from sigstore.oidc import ExpiredIdentity, IdentityError

    told: tuple[tuple[type[Exception], str], ...] = (
        (ExpiredSignatureError, _EXPIRED),
        (ExpiredIdentity, _EXPIRED),
        (ImmatureSignatureError, _OF_THE_FUTURE),
        (InvalidAudienceError, "ask the issuer for a token of the audience `sigstore`"),
        (IdentityError, "the token must name iss, sub, aud, iat and exp: fetch a new one"),
        (VerificationError, STRANGER),
    )
    for one in (error.__cause__, error):
        for kind, hint in told:
            if isinstance(one, kind):
                return hint
    return _UNKNOWN if refused(error) else ""


_EXPIRED: Final = "fetch a new token right before signing: it is valid for minutes"
_OF_THE_FUTURE: Final = (
    "the token is of the future: compare this machine's clock with that of its issuer"
)
_UNKNOWN: Final = (
    "this Sigstore does not take the identity: it may be of an issuer that it does not know, for "
    "another audience than `sigstore`, or expired"
)
_WORKFLOWS: Final = {
    "job_workflow_ref": "https://github.com/",
    "ci_config_ref_uri": "https://",
}
"""Claim → what Fulcio writes before it. Source: sigstore/fulcio, docs/oidc.md."""
