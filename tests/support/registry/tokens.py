"""Who may do what at the registry: basic logins, and tokens with a scope."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from tests.support.loopback import Request, Response

_ACTIONS = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}


@dataclass(slots=True)
class Guard:
    """`login` is (user, secret); without a login in the request a token is for pulling alone."""

    login: tuple[str, str] | None
    basic: bool
    tokens: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def refusal(self, request: Request, repository: str, url: str) -> Response | None:
        """Return the challenge, or None where the request may go on."""
        if self.login is None:
            return None
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if self.basic:
            if kind.lower() == "basic" and _basic(value) == self.login:
                return None
            return error(401, "UNAUTHORIZED", {"WWW-Authenticate": 'Basic realm="mini"'})
        action = _ACTIONS.get(request.method, "push")
        allowed = self.tokens.get(value, set()) if kind.lower() == "bearer" else set()
        if (repository, action) in allowed:
            return None
        wanted = "pull,push" if action == "push" else action
        challenge = (
            f'Bearer realm="{url}/token",service="mini",scope="repository:{repository}:{wanted}"'
        )
        return error(401, "UNAUTHORIZED", {"WWW-Authenticate": challenge})

    def token(self, request: Request) -> Response:
        """Hand a token out: a wrong login is refused, none at all may pull."""
        form = dict(parse_qsl(request.path.partition("?")[2]))
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        given = kind.lower() == "basic"
        known = given and _basic(value) == self.login
        if request.method == "POST":
            form = dict(parse_qsl(request.body.decode()))
            given, known = (
                True,
                self.login is not None and form.get("refresh_token") == self.login[1],
            )
        if given and not known:
            return error(401, "UNAUTHORIZED")
        token = secrets.token_urlsafe(12)
        self.tokens[token] = {
            (name, action)
            for name, actions in map(_scope, form.get("scope", "").split())
            for action in actions
            if known or action == "pull"
        }
        return Response.json({"token": token, "expires_in": 300})


def error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps({"errors": [{"code": code, "message": code.lower()}]}).encode()
    return Response(status, body, {"Content-Type": "application/json", **(headers or {})})


def _scope(text: str) -> tuple[str, list[str]]:
    _, _, rest = text.partition(":")
    name, _, actions = rest.rpartition(":")
    return name, actions.split(",")


def _basic(value: str) -> tuple[str, str] | None:
    try:
        user, _, secret = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return user, secret
