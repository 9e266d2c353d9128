"""Package URLs in one spelling, so that equality is equality."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

_RUNS: Final = re.compile(r"[-_.]+")
_KEPT: Final = ("arch", "distro", "epoch")
"""Qualifiers that tell two builds of one version apart."""
_LOWERED: Final = frozenset({"pypi", "github", "bitbucket", "golang", "composer", "npm", "hex"})


@lru_cache(maxsize=200_000)
def normalised(purl: str) -> str:
    """Return the one spelling: type and name by their rules, version exact, few qualifiers.

    Raises ValueError for what is no package URL.
    """
    kind, namespace, name, version, qualifiers = _parts(purl)
    if kind == "pypi":
        name = _RUNS.sub("-", name)
    path = "/".join(quote(part, safe="") for part in (*namespace, name))
    said = "&".join(f"{key}={quote(qualifiers[key])}" for key in _KEPT if qualifiers.get(key))
    tail = f"?{said}" if said else ""
    return f"pkg:{kind}/{path}" + (f"@{quote(version, safe='')}" if version else "") + tail


def spelt(purl: str | None) -> str | None:
    """Return the one spelling of what a tool wrote; None for none and for what is no purl."""
    if purl is None:
        return None
    try:
        return normalised(purl)
    except ValueError:
        return None


def version_of(purl: str) -> str:
    """Return the version, or nothing."""
    return _parts(purl)[3]


@lru_cache(maxsize=200_000)
def unversioned(purl: str) -> str:
    """Return the package alone, in its one spelling."""
    return normalised(purl).partition("?")[0].partition("@")[0]


def type_of(purl: str) -> str:
    """Return the type, such as pypi or deb."""
    return _parts(purl)[0]


def at_version(purl: str, version: str) -> str:
    """Return the same package at another version, in its one spelling."""
    _, question, query = normalised(purl).partition("?")
    return f"{unversioned(purl)}@{quote(version, safe='')}{question}{query}"


def _parts(purl: str) -> tuple[str, tuple[str, ...], str, str, dict[str, str]]:
    scheme, _, rest = purl.partition(":")
    rest, _, query = rest.partition("#")[0].partition("?")
    kind, slash, path = rest.lstrip("/").partition("/")
    path, _, version = _versioned(path)
    segments = [unquote(part) for part in path.split("/") if part]
    if scheme.lower() != "pkg" or not slash or not kind or not segments:
        raise ValueError(f"{purl!r} is no package URL such as pkg:pypi/jinja2@2.10")
    kind = kind.lower()
    if kind in _LOWERED:
        segments = [part.lower() for part in segments]
    pairs = (pair.partition("=") for pair in query.split("&") if "=" in pair)
    qualifiers = {key.lower(): unquote(value) for key, _, value in pairs}
    return kind, tuple(segments[:-1]), segments[-1], unquote(version), qualifiers


def _versioned(path: str) -> tuple[str, str, str]:
    """Split at the last @ of the last segment: the one before npm's scope is part of the name."""
    cut = path.rfind("@")
    if cut <= 0 or cut < path.rfind("/"):
        return path, "", ""
    return path[:cut], "@", path[cut + 1 :]
