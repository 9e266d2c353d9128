"""All services on one port: OIDC issuer, Fulcio v2, CT log, Rekor v1 and v2, TSA.

sigstore-python and cosign 3 both sign with it and verify what was signed.

    with FakeSigstore() as fake:
        config = ClientTrustConfig.from_json(json.dumps(fake.trust.client_trust_config()))
        token = fake.issuer.github_token()
        fake.trust.write(folder)      # the files that cosign takes

Faults are those of `Loopback`, aimed at a service by name: `fake.web.fail(SERVICES["rekor"], 502)`.
"""

import math
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl

from tests.support.loopback import Loopback, Request, Response
from tests.support.sigstore.encoding import Json, RefusedError
from tests.support.sigstore.fulcio import CertificateAuthority, CtLog
from tests.support.sigstore.issuer import Issuer
from tests.support.sigstore.rekor import Rekor1, Rekor2, conflict
from tests.support.sigstore.trust import Services
from tests.support.sigstore.tsa import TimestampAuthority

SERVICES: Final[Mapping[str, str]] = {
    "oidc": "GET /(oidc|gha)",
    "fulcio": "POST /api/v2/signingCert$",
    "ct": "POST /ct/",
    "rekor": "POST /api/v[12]/log/entries$",
    "rekor1": "POST /api/v1/log/entries$",
    "rekor2": "POST /api/v2/log/entries$",
    "tsa": "POST /api/v1/timestamp$",
}


class FakeSigstore:
    def __init__(self) -> None:
        self.web = Loopback(self._answer)
        self.url = self.web.url
        self.issuer = Issuer(self.url + "/oidc")
        ct = CtLog()
        self.trust = Services(
            url=self.url,
            issuer=self.issuer.url,
            ct=ct,
            ca=CertificateAuthority(ct),
            tsa=TimestampAuthority(),
            rekor1=Rekor1("127.0.0.1"),
            rekor2=Rekor2("127.0.0.1"),
        )

    def __enter__(self) -> Self:
        self.web.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.web.__exit__(kind, problem, at)

    def github_environment(self) -> dict[str, str]:
        """Return the variables with which a job on GitHub gets `github_token()`."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.url + "/gha?x=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
        }

    def conflict(self, *, times: float = 1) -> None:
        """Let Rekor log the entry and answer 409, as after an answer that got lost."""
        self.web.alter(SERVICES["rekor"], conflict, times=times)

    def down(self, service: str, *, times: float = math.inf) -> None:
        """Close connections to a service without an answer."""
        self.web.refuse(SERVICES[service], times=times)

    def heal(self) -> None:
        """Take all faults away."""
        self.web.heal()
        self.trust.ct.wrong = False
        for log in (self.trust.rekor1.log, self.trust.rekor2.log):
            log.__dict__.pop("checkpoint", None)

    def _answer(self, request: Request) -> Response:
        try:
            return self._route(request)
        except RefusedError as exc:
            return Response.json({"code": exc.status, "message": str(exc)}, exc.status)
        except (KeyError, ValueError, TypeError) as exc:
            return Response.json({"code": 400, "message": f"bad request: {exc!r}"}, 400)

    def _route(self, request: Request) -> Response:
        path, _, query = request.path.partition("?")
        known = request.headers.get("authorization", "")
        if request.method == "GET":
            return Response.json(self._read(path, dict(parse_qsl(query)), known))
        return self._sign(path, request.body, known)

    def _read(self, path: str, query: Mapping[str, str], authorization: str) -> Json:
        match path:
            case "/oidc/.well-known/openid-configuration":
                return self.issuer.configuration()
            case "/oidc/keys":
                return self.issuer.keys()
            case "/gha":
                return self._github(authorization, query)
            case _ if path.startswith("/api/v1/log/entries/"):
                return self.trust.rekor1.get(path.rpartition("/")[2])
            case _:
                raise RefusedError(404, f"no such path: {path}")

    def _sign(self, path: str, body: bytes, authorization: str) -> Response:
        services = self.trust
        match path:
            case "/api/v2/signingCert":
                return services.ca.answer(body, self.issuer.claims(authorization))
            case "/ct/ct/v1/add-pre-chain":
                return services.ct.add_pre_chain(body)
            case "/api/v1/log/entries":
                return services.rekor1.post(body)
            case "/api/v2/log/entries":
                return services.rekor2.post(body)
            case "/api/v1/timestamp":
                headers = {"Content-Type": "application/timestamp-reply"}
                return Response(201, services.tsa.answer(body), headers)
            case _:
                raise RefusedError(404, f"no such path: {path}")

    def _github(self, authorization: str, query: Mapping[str, str]) -> Json:
        if authorization.lower() != "bearer request-token":
            raise RefusedError(401, "the request token is missing")
        audience = query.get("audience", "https://github.com/acme")
        return {"value": self.issuer.github_token(aud=audience)}
