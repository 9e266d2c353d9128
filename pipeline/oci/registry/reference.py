"""What a person may write to name something in a registry."""

import re
from typing import Final, Self

import msgspec

from pipeline.errors import UsageError

HUB: Final = "docker.io"
HUB_HOSTS: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})
_LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_HOST: Final = re.compile(
    r"(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])"
    r"(?::\d{1,5})?"
)
_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME: Final = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG: Final = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST: Final = 255
_ON_DISK: Final = ("oci:", "archive:")
"""What `run --image` reads; on Docker Hub no image is called so."""


class RegistryReference(msgspec.Struct, frozen=True, kw_only=True):
    """`HOST[:PORT]/NAME[:TAG][@sha256:…]`; a name without a host lies on Docker Hub."""

    host: str
    name: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one as docker and cosign do. Raises UsageError that says which part is wrong."""
        if text.startswith(_ON_DISK):
            raise _bad(text, "an image on disk lies in no registry: push it first")
        rest, at, digest = text.removeprefix("docker://").partition("@")
        if at and _DIGEST.fullmatch(digest) is None:
            raise _bad(text, f"{digest!r} is no digest: sha256: and 64 small hex digits are due")
        host, rest = _host(rest)
        name, colon, tag = rest.partition(":")
        if colon and _TAG.fullmatch(tag) is None:
            raise _bad(text, f"{tag!r} is no tag")
        if host in HUB_HOSTS:
            host, name = HUB, name if "/" in name else f"library/{name}"
        if _NAME.fullmatch(name) is None or len(name) > _LONGEST:
            raise _bad(text, f"{name!r} is no repository: small letters, digits and . _ - / only")
        return cls(host=host, name=name, tag=tag or None, digest=digest or None)

    @property
    def reference(self) -> str:
        """The digest where one is named, else the tag."""
        return self.digest or self.tag or "latest"

    @property
    def repository(self) -> str:
        """Host and name alone: what a verifier calls the repository."""
        return f"{self.host}/{self.name}"

    @property
    def base(self) -> str:
        """The address of its part of the API; plain HTTP is spoken to loopback addresses alone."""
        scheme = "http" if _LOOPBACK.fullmatch(self.host) else "https"
        host = "registry-1.docker.io" if self.host == HUB else self.host
        return f"{scheme}://{host}/v2/{self.name}"

    def at(self, digest: str) -> str:
        """Write the name of one thing in this repository."""
        return f"{self.repository}@{digest}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def _host(text: str) -> tuple[str, str]:
    """Tell the registry from the repository: a first part with a dot, a port, or `localhost`."""
    first, slash, rest = text.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    if not is_host:
        return HUB, text
    if _HOST.fullmatch(first) is None:
        raise _bad(text, f"{first!r} is no registry")
    return first, rest


def _bad(text: str, why: str) -> UsageError:
    return UsageError(
        f"{text[:200]!r} names nothing in a registry: {why}",
        hint="write it as HOST/NAME:TAG or HOST/NAME@sha256:DIGEST",
    )
