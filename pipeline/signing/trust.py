"""Whom a signature is believed from, and where one is made: Sigstore's own two files.

A trusted root alone verifies; a client trust configuration (root and signing configuration) signs
too. Source: sigstore protobuf-specs, `sigstore_trustroot.proto`.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.signing.errors import TrustError

if TYPE_CHECKING:  # cryptography and pydantic are no small things to import
    from sigstore.models import ClientTrustConfig, TrustedRoot

MAX_TRUST: Final = 4 << 20
PUBLIC: Final = "public"
"""The word for the public good instance, which anybody may use and everybody can read."""
_ROOT: Final = "application/vnd.dev.sigstore.trustedroot+json"
_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig"
_REKOR_2: Final = 2
_SIGNER_AND_ROOT: Final = 2


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Trust as it was read; `signing` is empty where nothing can be signed with it."""

    where: str
    """The file, or the name of a public instance, for messages."""
    root: bytes
    config: bytes = b""

    @property
    def digest(self) -> str:
        """What a verdict about a signature names: by which root it was believed."""
        return sha256_of(self.root)


def read(data: bytes, where: str) -> Trust:
    """Read either file. Raises TrustError that says what is missing in it, before it is needed."""
    if len(data) > MAX_TRUST:
        raise TrustError(
            f"{where} has over {MAX_TRUST >> 20} MiB: that is no trust material",
            hint="name a trusted root or a client trust configuration",
        )
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TrustError(f"{where} is no JSON: {error}", hint=_HOW) from error
    kind = str(document.get("mediaType", "")) if isinstance(document, dict) else ""
    if kind.startswith(_ROOT):
        trust = Trust(where=where, root=data)
    elif kind.startswith(_CONFIG):
        root = json.dumps(document.get("trustedRoot")).encode()
        trust = Trust(where=where, root=root, config=data)
    else:
        raise TrustError(
            f"{where} is neither a trusted root nor a client trust configuration: "
            f"its mediaType is {kind[:100]!r}",
            hint=_HOW,
        )
    _check_root(trust)
    if trust.config:
        _check_config(trust)
    return trust


_HOW: Final = "`cosign trusted-root create` and `cosign signing-config create` write such files"


def public(*, offline: bool = False) -> Trust:
    """Return the public good instance's trust. Raises TrustError where it cannot be fetched.

    Offline it is the copy that was fetched before, or that sigstore-python came with.
    """
    import logging

    from sigstore.models import ClientTrustConfig

    # Being offline is what was asked for, and no warning to whoever verifies.
    logging.getLogger("sigstore._internal.tuf").setLevel(logging.ERROR)
    try:
        inner: Any = ClientTrustConfig.production(offline=offline)._inner  # noqa: SLF001 -- it has no writer
        config, root = inner.to_json().encode(), inner.trusted_root.to_json().encode()
    except Exception as error:
        raise TrustError(
            f"the public Sigstore's trust cannot be fetched: {_brief(error)}",
            hint="ship a trust configuration with --trust FILE where there is no network",
        ) from error
    trust = Trust(where=PUBLIC, root=root, config=config)
    _check_root(trust)
    return trust


def newest(trust: Trust) -> str:
    """Return since when its newest key counts: about as old as the root is, which names no date."""
    document: dict[str, Any] = json.loads(trust.root)
    listed = [one for value in document.values() if isinstance(value, list) for one in value]
    terms = [one.get("validFor") or one.get("publicKey", {}).get("validFor", {}) for one in listed]
    return max((str(one.get("start", "")) for one in terms), default="")


@lru_cache(maxsize=8)
def trusted_root(trust: Trust) -> "TrustedRoot":
    """Parse the root. Raises TrustError."""
    from sigstore.models import TrustedRoot
    from sigstore_models.trustroot.v1 import TrustedRoot as Inner

    try:
        return TrustedRoot(Inner.from_json(trust.root))
    except Exception as error:
        raise TrustError(f"{trust.where} is no trusted root: {_brief(error)}") from error


@lru_cache(maxsize=8)
def client_config(trust: Trust) -> "ClientTrustConfig":
    """Parse the configuration for signing. Raises TrustError where there is none."""
    from sigstore.models import ClientTrustConfig

    if not trust.config:
        raise TrustError(
            f"{trust.where} only verifies: it names no services to sign with",
            hint="give a client trust configuration, which holds a signing configuration too",
        )
    try:
        return ClientTrustConfig.from_json(trust.config.decode())
    except Exception as error:
        raise TrustError(f"{trust.where} is no trust configuration: {_brief(error)}") from error


def log_url(trust: Trust) -> str:
    """Return the address of the log that is written to. Raises TrustError where none is."""
    signing: Any = client_config(trust).signing_config
    return str(signing._tlogs[0].url).rstrip("/")  # noqa: SLF001 -- the choice is made there


def _check_root(trust: Trust) -> None:
    """Ask for everything that a verifier asks for later, one by one."""
    from sigstore._internal.trust import KeyringPurpose

    root = trusted_root(trust)
    try:
        root.rekor_keyring(KeyringPurpose.VERIFY)
        root.ct_keyring(KeyringPurpose.VERIFY)
        root.get_fulcio_certs()
        chains = [one.certificates(allow_expired=True) for one in root.get_timestamp_authorities()]
    except Exception as error:
        raise TrustError(f"{trust.where} is incomplete: {_brief(error)}") from error
    if any(len(chain) < _SIGNER_AND_ROOT for chain in chains):
        raise TrustError(
            f"{trust.where} is incomplete: a timestamp authority's chain has no root",
            hint="list the signer's certificate first and the root last",
        )


def _check_config(trust: Trust) -> None:
    config: Any = client_config(trust)
    try:
        signing = config.signing_config
        logs, stamps = signing._tlogs, signing._tsas  # noqa: SLF001 -- the choice is made there
    except Exception as error:
        raise TrustError(f"{trust.where} cannot sign: {_brief(error)}") from error
    if logs[0].major_api_version == _REKOR_2 and not stamps:
        raise TrustError(
            f"{trust.where} cannot sign: Rekor v2 tells no time, and it names no TSA",
            hint="add tsaUrls to its signing configuration, or use Rekor v1",
        )
    _check_origins(trust)


def _check_origins(trust: Trust) -> None:
    """Refuse a log without an address that can be its origin: sigstore-go checks it later."""
    for log in json.loads(trust.root).get("tlogs", []):
        if not urlsplit(str(log.get("baseUrl", ""))).hostname:
            raise TrustError(f"{trust.where} is incomplete: a log's baseUrl names no host")


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(
        ": "
    )
