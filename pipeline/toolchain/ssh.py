"""ssh-keygen: to check, nothing of the user's may answer for it; to sign, it asks the user."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from pipeline.errors import PenstockError
from pipeline.toolchain import process
from pipeline.toolchain.folder import PATH

PROGRAM: Final = "ssh-keygen"
_TIMEOUT: Final = 30.0
_LIMIT: Final = 1 << 16
_ALONE: Final[Mapping[str, str]] = {
    "PATH": PATH,
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "TZ": "UTC",
}
"""No agent, no askpass program; days in allowed_signers are days in UTC."""
_PASSED_ON: Final = frozenset(
    {
        "PATH",
        "HOME",
        "TERM",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XDG_RUNTIME_DIR",
        "SSH_AUTH_SOCK",
        "SSH_ASKPASS",
        "SSH_ASKPASS_REQUIRE",
        "SSH_SK_HELPER",
        "SSH_SK_PROVIDER",
    }
)
"""What ssh-keygen needs of the signer's surroundings to reach an agent or a hardware key."""
_TOLD: Final[Mapping[str, str]] = {
    "incorrect signature": "it is over other bytes: the file was changed, or it is of another file",
    "key has expired": "its key is past the valid-before of allowed_signers",
    "key is not yet valid": "its key is before the valid-after of allowed_signers",
    "not permitted for use": "its key is not for this purpose (namespaces in allowed_signers)",
    "namespace does not match": "it was made for another purpose",
    "No user exists": "ssh-keygen refuses to run for a user without a name on this machine",
}
_HARDWARE: Final = b"sk-"


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """By which keys a signature is checked, and as of when."""

    allowed: bytes
    """Lines of allowed_signers."""
    revoked: bytes
    """Revoked keys, one a line or as a KRL; may be empty."""
    now: datetime


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What ssh-keygen said."""

    state: Literal["good", "bad", "revoked"]
    detail: str = ""


def installed() -> bool:
    """Say whether signatures can be checked at all."""
    return shutil.which(PROGRAM, path=PATH) is not None


def verify(
    data: bytes, signature: bytes, *, principal: str, namespace: str, trust: Trust
) -> Checked:
    """Check a detached signature over bytes. Nothing that it holds raises."""
    with tempfile.TemporaryDirectory(prefix="penstock-") as name:
        folder = Path(name)
        (folder / "allowed").write_bytes(trust.allowed)
        (folder / "revoked").write_bytes(trust.revoked)
        (folder / "signature").write_bytes(signature)
        words = ("-I", principal, "-n", namespace, "-s", str(folder / "signature"))
        try:
            _verify(folder, data, words, trust, "-r", str(folder / "revoked"))
        except PenstockError as exc:
            if trust.revoked and _holds(folder, data, words, trust):
                return Checked(state="revoked", detail="the key is revoked")
            return Checked(state="bad", detail=_plainer(exc.message))
    return Checked(state="good")


def _plainer(message: str) -> str:
    """Say it in words that are the same on every machine: they go into the verdict."""
    found = (told for said, told in _TOLD.items() if said in message)
    return next(found, "ssh-keygen does not accept it")


def _holds(folder: Path, data: bytes, words: tuple[str, ...], trust: Trust) -> bool:
    """Say whether it would hold if no key were revoked."""
    try:
        _verify(folder, data, words, trust)
    except PenstockError:
        return False
    return True


def _verify(folder: Path, data: bytes, words: tuple[str, ...], trust: Trust, *revoked: str) -> None:
    at = trust.now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    process.capture(
        (
            *(PROGRAM, "-Y", "verify", "-f", str(folder / "allowed")),
            *words,
            f"-Overify-time={at}",
            *revoked,
        ),
        cwd=folder,
        env=_ALONE,
        timeout=_TIMEOUT,
        limit=_LIMIT,
        stdin=data,
    )


def sign(data: bytes, *, key: Path, namespace: str, environment: Mapping[str, str]) -> bytes:
    """Return a detached signature over bytes, armoured.

    `key` is a private key, or the public half of one that an agent or a hardware key holds;
    ssh-keygen itself asks for a passphrase or a touch. Raises PenstockError where it cannot.
    """
    env = {name: value for name, value in environment.items() if name in _PASSED_ON}
    program = shutil.which(PROGRAM, path=env.get("PATH", PATH))
    if program is None:
        raise PenstockError(f"{PROGRAM} is not installed", hint="install OpenSSH, which brings it")
    heard = _asks_for_touch(key)
    words = (program, "-Y", "sign", "-f", str(key.absolute()), "-n", namespace)
    try:
        return process.converse(words, env=env, stdin=data, heard=heard)
    except PenstockError as error:
        raise PenstockError(error.message, hint=_way_on(error.message, hardware=heard)) from error


def _way_on(said: str, *, hardware: bool) -> str:
    if hardware:
        return "nothing was signed; plug the key in, touch it when it blinks, and try again"
    if "passphrase" in said:
        return "nothing was signed; do this on a terminal, or let `ssh-add` unlock the key first"
    return "nothing was signed; name the private key, or its public half with an agent that has it"


def _asks_for_touch(key: Path) -> bool:
    """Say whether ssh-keygen will have to tell the user to touch something."""
    for path in (key, key.with_name(f"{key.name}.pub")):
        try:
            if path.read_bytes().startswith(_HARDWARE):
                return True
        except OSError:
            continue
    return False
