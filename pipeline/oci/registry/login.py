"""What `docker login` stored for a registry: in its file, or with a credential helper."""

import base64
import binascii
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.oci.registry.errors import RegistryError
from pipeline.oci.registry.reference import HUB, HUB_HOSTS
from pipeline.toolchain import process

IDENTITY: Final = "<token>"
"""As a user: the secret is a refresh token (docker's own word)."""
_HUB_KEY: Final = "https://index.docker.io/v1/"
_HELPER: Final = re.compile(r"[\w.-]+", re.ASCII)
_TIMEOUT: Final = 30.0
_LIMIT: Final = 1 << 20
_NOT_THERE: Final = ("credentials not found", "not found in native keychain")


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A user and a secret, which is in no message and no repr."""

    user: str
    secret: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"


class _Entry(msgspec.Struct, frozen=True, rename="lower"):
    auth: str = ""
    username: str = ""
    password: str = ""
    identitytoken: str = ""


class _Settings(msgspec.Struct, frozen=True, rename="camel"):
    auths: dict[str, _Entry] = {}
    creds_store: str = ""
    cred_helpers: dict[str, str] = {}


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    username: str
    secret: str


def stored(host: str, environment: Mapping[str, str]) -> Login | None:
    """Look a login up as docker does: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.

    Raises RegistryError where the file or a helper's answer cannot be read: going on without the
    login would read as "you have no right".
    """
    path = _file(environment)
    if path is None or not path.is_file():
        return None
    settings = _read(path)
    for key in _keys(host):
        helper = settings.cred_helpers.get(key) or settings.creds_store
        if helper and (login := _helped(helper, key, environment)) is not None:
            return login
        if (entry := settings.auths.get(key)) and (login := _written(entry, key, path)):
            return login
    return None


def _file(environment: Mapping[str, str]) -> Path | None:
    if folder := environment.get("DOCKER_CONFIG"):
        return Path(folder) / "config.json"
    home = environment.get("HOME")
    return Path(home) / ".docker" / "config.json" if home else None


def _read(path: Path) -> _Settings:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Settings)
    except (OSError, ValueError, RecursionError) as error:
        raise RegistryError(
            f"{path} holds no logins that can be read: {error}", hint="docker login writes it anew"
        ) from error


def _keys(host: str) -> tuple[str, ...]:
    if host in HUB_HOSTS:
        return (_HUB_KEY, HUB, "registry-1.docker.io")
    return (host, f"https://{host}", f"https://{host}/v2/", f"https://{host}/v1/")


def _written(entry: _Entry, key: str, path: Path) -> Login | None:
    if entry.identitytoken:
        return Login(user=IDENTITY, secret=entry.identitytoken)
    if entry.username:
        return Login(user=entry.username, secret=entry.password)
    if not entry.auth:
        return None
    try:
        user, colon, secret = base64.b64decode(entry.auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RegistryError(f"{path}: the login for {key} is no base64: {error}") from error
    if not colon:
        raise RegistryError(f"{path}: the login for {key} has no colon between user and password")
    return Login(user=user, secret=secret.rstrip("\0"))


def _helped(helper: str, key: str, environment: Mapping[str, str]) -> Login | None:
    """Ask `docker-credential-HELPER`; None where it says that it has none."""
    if _HELPER.fullmatch(helper) is None:
        raise RegistryError(f"{helper!r} is no name of a credential helper")
    name = f"docker-credential-{helper}"
    program = shutil.which(name, path=environment.get("PATH"))
    if program is None:
        raise RegistryError(f"docker's settings want {name}, and it is not installed")
    try:
        said = process.capture(
            [program, "get"],
            cwd=Path("/"),
            env=environment,
            timeout=_TIMEOUT,
            limit=_LIMIT,
            stdin=key.encode(),
        )
    except PenstockError as error:
        if any(words in error.message for words in _NOT_THERE):
            return None
        raise RegistryError(f"{name} gives no login for {key}: {error.message}") from error
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{name} gives no login that can be read for {key}") from error
    return Login(user=answer.username, secret=answer.secret)
