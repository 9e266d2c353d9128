"""Who signed, as Fulcio wrote it into the certificate.

Source: sigstore/fulcio, docs/oid-info.md. Extensions 1 to 6 are the old ones and not read.
"""

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_FULCIO: Final = "1.3.6.1.4.1.57264.1."
_UTF8: Final = 0x0C
_LONG: Final = 0x80

EXTENSIONS: Final = {
    "issuer": 8,
    "build_signer_uri": 9,
    "build_signer_digest": 10,
    "runner_environment": 11,
    "repository": 12,
    "source_sha": 13,
    "source_ref": 14,
    "repository_id": 15,
    "owner": 16,
    "owner_id": 17,
    "build_config_uri": 18,
    "build_config_digest": 19,
    "build_trigger": 20,
    "run_uri": 21,
    "visibility": 22,
}
"""Field of `Certified` → last number of the extension's object identifier."""


class Certified(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signer by certificate. None where the certificate does not say."""

    san: str
    """The one subject alternative name: a workflow, an e-mail address, or another URI."""
    issuer: str | None = None
    build_signer_uri: str | None = None
    """The workflow that defines the job; a reusable workflow is its own, not its caller's."""
    build_signer_digest: str | None = None
    runner_environment: str | None = None
    repository: str | None = None
    source_sha: str | None = None
    source_ref: str | None = None
    repository_id: str | None = None
    """Never given to another repository, whatever it is called later."""
    owner: str | None = None
    owner_id: str | None = None
    build_config_uri: str | None = None
    """The workflow that was started: the caller's, where another is reused."""
    build_config_digest: str | None = None
    build_trigger: str | None = None
    run_uri: str | None = None
    visibility: str | None = None


class ByKey(msgspec.Struct, frozen=True, kw_only=True):
    """A signer by key."""

    fingerprint: str
    """`sha256:…` of the public key in DER (SPKI)."""


Signatory: TypeAlias = Certified | ByKey


def certified(certificate: "Certificate") -> Certified:
    """Read who a certificate was given to. Raises ValueError where it names nobody, or several."""
    from cryptography import x509

    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = [
        *found.get_values_for_type(x509.RFC822Name),
        *found.get_values_for_type(x509.UniformResourceIdentifier),
    ]
    if len(names) != 1 or len(list(found)) != 1:
        raise ValueError(f"the certificate names {len(list(found))} identities, and one is due")
    said = {
        one.oid.dotted_string: one.value.value
        for one in certificate.extensions
        if isinstance(one.value, x509.UnrecognizedExtension)
    }
    values = {
        name: _text(said[f"{_FULCIO}{number}"])
        for name, number in EXTENSIONS.items()
        if f"{_FULCIO}{number}" in said
    }
    return Certified(san=names[0], **values)


def _text(der: bytes) -> str:
    """Decode a DER UTF8String that fills its bytes."""
    if len(der) < 2 or der[0] != _UTF8:  # noqa: PLR2004 -- a tag and a length
        raise ValueError("an extension of the certificate is no UTF8String")
    start, size = 2, der[1]
    if size & _LONG:
        count = size & ~_LONG
        start, size = 2 + count, int.from_bytes(der[2 : 2 + count], "big")
    if len(der) != start + size:
        raise ValueError("an extension of the certificate is cut")
    return der[start:].decode()
