"""The identity that GitHub gives to a job: asked for within bounds, which others do not keep.

Source: docs.github.com, "OpenID Connect reference", requesting the JWT.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from pipeline.signing.errors import NoTokenError, SigningError
from pipeline.signing.patience import WORTH_ANOTHER
from pipeline.toolchain.http import Http, NetworkError

PERMISSION: Final = (
    "give this job `permissions: {id-token: write}`; a pull request from a fork never gets it, "
    "so sign in a job of the protected branch"
)
_URL: Final = "ACTIONS_ID_TOKEN_REQUEST_URL"
_TOKEN: Final = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 -- the variable's name
_LIMIT: Final = 64 << 10
_TRIES: Final = 2
_TIMEOUT: Final = 30.0


def source(environment: Mapping[str, str]) -> Callable[[], str]:
    """Return what fetches a token. Raises SigningError where the job has no right to one."""
    url, secret = environment.get(_URL, ""), environment.get(_TOKEN, "")
    if missing := [name for name, value in ((_TOKEN, secret), (_URL, url)) if not value]:
        raise SigningError(
            f"not signed: GitHub gives this job no identity token: {', '.join(missing)} is not set",
            hint=PERMISSION,
        )
    return lambda: _asked(f"{url}{'&' if '?' in url else '?'}audience=sigstore", secret)


def _asked(url: str, secret: str) -> str:
    """Ask once. Raises NoTokenError for what may go better a moment later, else SigningError."""
    headers = {"Authorization": f"bearer {secret}", "Accept": "application/json"}
    try:
        with Http(tries=_TRIES, patience=_TIMEOUT) as http:
            answer = http.get(url, limit=_LIMIT, headers=headers)
        token = json.loads(answer.body)["value"]
    except NetworkError as error:
        passes = error.status in {0, *WORTH_ANOTHER}
        kind = NoTokenError if passes else SigningError
        raise kind(f"not signed: no identity token: {error.message}", hint=PERMISSION) from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise NoTokenError(f"not signed: no identity token in what {url} answers") from error
    if not isinstance(token, str):
        raise NoTokenError(f"not signed: no identity token in what {url} answers")
    return token
