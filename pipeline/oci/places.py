"""Where in an image it is written what is installed, and how a layer hides what lies below."""

import re
from typing import Final

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
RELEASES: Final = ("etc/os-release", "usr/lib/os-release")
STATUS: Final = "var/lib/dpkg/status"
STATUS_D: Final = "var/lib/dpkg/status.d/"
APK: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_SYSTEM: Final = frozenset({*RELEASES, STATUS, *APK})
_SUMS: Final = re.compile(r"var/lib/dpkg/[^/]+/[^/]+\.md5sums")
"""Which files a Debian package brought along."""
_DESCRIPTION: Final = re.compile(
    r"(?s:.*/)?(?:[^/]+\.dist-info/METADATA|[^/]+\.egg-info(?:/PKG-INFO)?|EGG-INFO/PKG-INFO"
    r"|specifications/[^/]+\.gemspec|node_modules/(?:@[^/]+/)?[^/@]+/package\.json)"
)
"""Files by which packages of Python, Ruby and Node.js say what they are."""
_PYTHON: Final = re.compile(r"(?s:.*/)?[^/]+(?:\.dist-info/METADATA|\.egg-info(?:/PKG-INFO)?)")
_OWN_PYTHON: Final = re.compile(r"usr/(?:share|lib\d*/python[\d.]*)/")
"""Where a distribution puts packages of Python that its own advisories speak of."""
_FOLDER: Final = re.compile(r"(?s:.*/)?[^/]+\.(?:dist|egg)-info")
_OF_THE_SYSTEM: Final = re.compile(r"(?:bin|boot|dev|etc|lib\w*|run|sbin|usr/(?!local/)[^/]+|var)/")
"""Where a distribution's packages put their files, and nobody else has to."""


def is_read(path: str) -> bool:
    """Say whether the content of this file is wanted."""
    return path in _SYSTEM or is_status(path) or _SUMS.fullmatch(path) is not None


def is_status(path: str) -> bool:
    """Say whether dpkg's records are in this file."""
    return path == STATUS or (path.startswith(STATUS_D) and not path.endswith(".md5sums"))


def is_sums(path: str) -> bool:
    """Say whether this file lists the files of a Debian package."""
    return _SUMS.fullmatch(path) is not None


def cut(path: str, data: bytes) -> bytes:
    """Keep of a list of files only those that no distribution's package should bring."""
    if not is_sums(path):
        return data
    return b"\n".join(line for line in data.splitlines() if not is_of_the_system(_named(line)))


def _named(line: bytes) -> str:
    return line.partition(b"  ")[2].decode("utf-8", "surrogateescape")


def is_of_the_system(path: str) -> bool:
    """Say whether a distribution's packages put their files there."""
    return _OF_THE_SYSTEM.match(path) is not None


def is_description(path: str) -> bool:
    """Say whether a package of a language is described in this file."""
    return _DESCRIPTION.fullmatch(path) is not None


def may_describe(path: str) -> bool:
    """Say whether something under this name, file or folder, should describe packages."""
    if path in _SYSTEM or is_status(path) or is_description(path):
        return True
    return _FOLDER.fullmatch(path) is not None


def hides(path: str) -> bool:
    """Say whether an entry that is no file can hide one that is wanted."""
    if path.rpartition("/")[2].startswith(WHITEOUT):
        return True
    return any(one == path or one.startswith(f"{path}/") for one in (*_SYSTEM, STATUS_D))


def is_database(path: str) -> bool:
    """Say whether a system's packages are listed in this file."""
    return is_status(path) or path in APK


def is_python(path: str) -> bool:
    """Say whether a package of Python is described here that is not the distribution's own."""
    return _PYTHON.fullmatch(path) is not None and _OWN_PYTHON.match(path) is None
