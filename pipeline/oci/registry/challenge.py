"""How a registry says which credential it wants (RFC 7235, and the token flow of distribution)."""

import base64
import re
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from pipeline.oci.registry.errors import RefusedError, RegistryError
from pipeline.oci.registry.login import IDENTITY, Login
from pipeline.toolchain.http import Http, NetworkError

_MAX_TOKEN: Final = 1 << 20
_PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')
_REFUSALS: Final = frozenset({400, 401, 403, 404})
_ERRORS: Final = 400


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in `WWW-Authenticate`."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""

    @classmethod
    def parse(cls, header: str) -> "Challenge":
        """Read one; a header that says nothing gives an empty scheme."""
        scheme, _, rest = header.strip().partition(" ")
        said = dict(_PARAMETER.findall(rest))
        return cls(
            scheme=scheme.lower(),
            realm=said.get("realm", ""),
            service=said.get("service", ""),
            scope=said.get("scope", ""),
        )


class _Token(msgspec.Struct, frozen=True):
    token: str = ""
    access_token: str = ""


def authorization(
    challenge: Challenge, login: Login | None, *, repository: str, scope: str, http: Http
) -> str:
    """Answer a challenge with a value for `Authorization`.

    Raises RefusedError where the registry wants a login that is not there, or takes none of ours.
    """
    match challenge.scheme:
        case "basic" if login is not None:
            return _basic(login)
        case "bearer" if challenge.realm:
            return (
                f"Bearer {_token(challenge, login, repository=repository, scope=scope, http=http)}"
            )
        case _:
            raise RefusedError(
                f"{repository} wants a login, and none is known",
                hint="docker login to its registry first, or set DOCKER_CONFIG",
            )


def _basic(login: Login) -> str:
    pair = f"{login.user}:{login.secret}".encode()
    return "Basic " + base64.b64encode(pair).decode()


def _token(
    challenge: Challenge, login: Login | None, *, repository: str, scope: str, http: Http
) -> str:
    about = {"service": challenge.service, "scope": challenge.scope or scope}
    if login is not None and login.user == IDENTITY:
        form = {**about, "grant_type": "refresh_token", "client_id": "penstock"}
        form["refresh_token"] = login.secret
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        method, url, body, headers = "POST", challenge.realm, urlencode(form).encode(), kind
    else:
        headers = {} if login is None else {"Authorization": _basic(login)}
        method, url, body = "GET", f"{challenge.realm}?{urlencode(about)}", None
    try:
        answer = http.send(method, url, body, limit=_MAX_TOKEN, headers=headers, allowed=_REFUSALS)
    except NetworkError as error:
        raise RegistryError(
            f"no token for {repository}: {error.message}", hint=error.hint
        ) from error
    host = urlsplit(challenge.realm).hostname
    if answer.status >= _ERRORS:
        raise RefusedError(
            f"{host} gives no token for {about['scope']}: it answers {answer.status}",
            hint="check the login (docker login), and that it may do this",
        )
    try:
        read = msgspec.json.decode(answer.body, type=_Token)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{host} sends no token: {error}") from error
    if not (token := read.token or read.access_token):
        raise RegistryError(f"{host} sends an empty token")
    return token
