"""The identity that the surroundings give: asked for within bounds, which others do not keep.

Sources: docs.gitlab.com, "OpenID Connect (OIDC) Authentication Using ID Tokens"; buildkite.com,
`buildkite-agent oidc`; circleci.com, "Using OpenID Connect tokens in jobs".
"""

import json
import queue
import re
import shutil
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.errors import PenstockError
from pipeline.signing import github
from pipeline.signing.errors import NoTokenError, SigningError
from pipeline.signing.identity import MAX_TOKEN, TokenSource
from pipeline.toolchain import process

AUDIENCE: Final = "sigstore"
_GITLAB: Final = "SIGSTORE_ID_TOKEN"
_ID_TOKENS: Final = (
    "give this job `id_tokens: {SIGSTORE_ID_TOKEN: {aud: sigstore}}`, in a pipeline of the "
    "protected branch"
)
_OTHERWISE: Final = "give --identity-token-file, or sign with --key"
_PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "BUILDKITE": ("buildkite-agent", "oidc", "request-token", "--audience", AUDIENCE),
    "CIRCLECI": ("circleci", "run", "oidc", "get", "--root-issuer", "--claims",
                 json.dumps({"aud": AUDIENCE})),
}  # fmt: skip
"""By the variable that tells the system: what prints a token there."""
_LONGEST: Final = 60.0
"""Seconds for one token."""
_PASSING: Final = re.compile(r"timed out|code=5\d\d|code=429|malformed")
"""What is said by who gives tokens out, of what may go better a moment later."""


def ambient(environment: Mapping[str, str]) -> TokenSource:
    """Ask the CI system, and where there is none the machine's own identity (GCP).

    Raises SigningError at once where the surroundings can give no token: that is better known
    before an image is built than after.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return github.source(environment)
    if environment.get("GITLAB_CI"):
        return _of_gitlab(environment.get(_GITLAB, ""))
    for variable, words in _PROGRAMS.items():
        if environment.get(variable):
            return partial(_printed, words, environment)
    return partial(within, _LONGEST, _of_machine)


def _of_gitlab(token: str) -> TokenSource:
    if not token:
        raise SigningError("not signed: GitLab gives this job no identity token", hint=_ID_TOKENS)
    return token.strip


def _printed(words: tuple[str, ...], environment: Mapping[str, str]) -> str:
    name, *rest = words
    program = shutil.which(name, path=environment.get("PATH"))
    if program is None:
        raise SigningError(
            f"not signed: no identity token: {name}, which gives it, is not in PATH",
            hint=_OTHERWISE,
        )
    try:
        said = process.capture(
            [program, *rest], cwd=Path("/"), env=environment, timeout=_LONGEST, limit=MAX_TOKEN
        )
        return said.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise _none(f"{name} prints something else") from error
    except PenstockError as error:
        raise _none(error.message) from error


def _of_machine() -> str:
    from sigstore.oidc import IdentityError, detect_credential

    try:
        token = detect_credential()
    except IdentityError as error:
        kind = NoTokenError if _PASSING.search(str(error)) else SigningError
        raise kind(f"not signed: no identity token: {error}", hint=_OTHERWISE) from error
    if token is None:
        raise SigningError(
            "not signed: no identity token: this is none of GitHub, GitLab, GCP, Buildkite and "
            "CircleCI",
            hint=_OTHERWISE,
        )
    return token


def within(seconds: float, ask: Callable[[], str]) -> str:
    """Ask in a thread of its own, and wait for no longer: its client reads on while bytes drip.

    Raises NoTokenError where there is no answer by then, and else whatever `ask` does.
    """
    answers = queue.SimpleQueue[str | Exception]()

    def asked() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # noqa: BLE001 -- raised below, in the thread that waits
            answers.put(error)

    threading.Thread(target=asked, name="penstock-token", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty as error:
        raise _none(f"nothing is answered within {seconds:g} seconds") from error
    if isinstance(answer, Exception):
        raise answer
    if len(answer) > MAX_TOKEN:
        raise _none("what is answered is too long for one")
    return answer


def _none(why: str) -> NoTokenError:
    """Tell that it may go better a moment later: metadata services and agents stumble."""
    return NoTokenError(f"not signed: no identity token: {why}", hint=_OTHERWISE)
