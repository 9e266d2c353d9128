"""The trust material of the fake: what verifiers and signers are configured with."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from tests.support.sigstore.encoding import Json, b64, der, sha256, spki, stamp
from tests.support.sigstore.fulcio import CertificateAuthority, CtLog
from tests.support.sigstore.rekor import Rekor1, Rekor2
from tests.support.sigstore.tsa import TimestampAuthority

TRUSTED_ROOT: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
SIGNING_CONFIG: Final = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
CLIENT_TRUST_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """Where `write` put things."""

    trusted_root: Path
    signing_config: Path
    client_trust_config: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everybody who signs something, and where they are."""

    url: str
    issuer: str
    ct: CtLog
    ca: CertificateAuthority
    tsa: TimestampAuthority
    rekor1: Rekor1
    rekor2: Rekor2

    def trusted_root(self) -> Json:
        """What a verifier needs, and all that it needs."""
        start = {"start": stamp(dt.datetime.now(dt.UTC) - dt.timedelta(days=1))}
        subject = {"organization": "sigstore.test", "commonName": "fake"}
        p256, ed = "PKIX_ECDSA_P256_SHA_256", "PKIX_ED25519"

        def chain(*certificates: x509.Certificate) -> Json:
            return {"certificates": [{"rawBytes": b64(der(c))} for c in certificates]}

        def log(url: str, key: PublicKeyTypes, details: str, key_id: bytes) -> Json:
            public = {"rawBytes": b64(spki(key)), "keyDetails": details, "validFor": start}
            return {
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": public,
                "logId": {"keyId": b64(key_id)},
            }

        ct_key = self.ct.public_key
        rekor2 = log(self.url, self.rekor2.public_key, ed, self.rekor2.log.key_id)
        return {
            "mediaType": TRUSTED_ROOT,
            "tlogs": [
                log(self.url, self.rekor1.public_key, p256, self.rekor1.log.key_id),
                rekor2 | {"checkpointKeyId": {"keyId": b64(self.rekor2.log.key_id)}},
            ],
            "ctlogs": [log(self.url + "/ct", ct_key, p256, sha256(spki(ct_key)))],
            "certificateAuthorities": [
                {
                    "subject": subject,
                    "uri": self.url,
                    "validFor": start,
                    "certChain": chain(self.ca.intermediate, self.ca.root),
                }
            ],
            "timestampAuthorities": [
                {
                    "subject": subject,
                    "uri": self.url + "/api/v1/timestamp",
                    "validFor": start,
                    "certChain": chain(self.tsa.leaf, self.tsa.root),
                }
            ],
        }

    def signing_config(self, *, rekor: Iterable[int] = (2,), tsa: bool = True) -> Json:
        """Where to sign. Rekor v2 without a TSA gives bundles that nobody can verify."""
        start = stamp(dt.datetime.now(dt.UTC) - dt.timedelta(days=1))

        def service(url: str, version: int = 1) -> Json:
            return {
                "url": url,
                "majorApiVersion": version,
                "validFor": {"start": start},
                "operator": "sigstore.test",
            }

        config: Json = {
            "mediaType": SIGNING_CONFIG,
            "caUrls": [service(self.url)],
            "oidcUrls": [service(self.issuer)],
            "rekorTlogUrls": [service(self.url, version) for version in rekor],
            "rekorTlogConfig": {"selector": "ANY"},
        }
        if tsa:
            config["tsaUrls"] = [service(self.url + "/api/v1/timestamp")]
            config["tsaConfig"] = {"selector": "ANY"}
        return config

    def client_trust_config(self, *, rekor: Iterable[int] = (2,), tsa: bool = True) -> Json:
        """Both in one, as sigstore-python's `ClientTrustConfig` wants it."""
        return {
            "mediaType": CLIENT_TRUST_CONFIG,
            "trustedRoot": self.trusted_root(),
            "signingConfig": self.signing_config(rekor=rekor, tsa=tsa),
        }

    def write(self, folder: Path, *, rekor: Iterable[int] = (2,), tsa: bool = True) -> TrustFiles:
        """Write the three files."""
        config = self.client_trust_config(rekor=tuple(rekor), tsa=tsa)
        files = TrustFiles(
            folder / "trusted_root.json",
            folder / "signing_config.json",
            folder / "client_trust_config.json",
        )
        files.trusted_root.write_text(json.dumps(config["trustedRoot"]))
        files.signing_config.write_text(json.dumps(config["signingConfig"]))
        files.client_trust_config.write_text(json.dumps(config))
        return files
