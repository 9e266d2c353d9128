"""Where in an image it is written what is installed, and how a layer hides what lies below."""

import re
from typing import Final

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
RELEASES: Final = ("etc/os-release", "usr/lib/os-release")
STATUS: Final = "var/lib/dpkg/status"
STATUS_D: Final = "var/lib/dpkg/status.d/"
APK: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
DIVERSIONS: Final = "var/lib/dpkg/diversions"
REPOSITORIES: Final = "etc/apk/repositories"
"""By the releases that it names Trivy looks for Alpine's advisories."""
LIST: Final = ".list"
_LISTS: Final = re.compile(r"var/lib/dpkg/info/[^/]+\.list")
"""Where a Debian package's files lie, links and folders too."""
_RPM: Final = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_FORMS: Final = ("Packages", "Packages.db", "rpmdb.sqlite")
RPM: Final = (
    *(f"{folder}/{form}" for folder in _RPM for form in _FORMS),
    "usr/share/rpm/rpmdb.sqlite",
)
RPM_AHEAD: Final = tuple(f"{path}-wal" for path in RPM if path.endswith(".sqlite"))
"""What was written to a database and is not in its file yet: who reads that alone misses it."""
_SYSTEM: Final = frozenset({*RELEASES, STATUS, *APK, *RPM})
_ELSEWHERE: Final = re.compile(
    r"(?s:.+)/(?:var/lib/dpkg/(?:status|status\.d/[^/]+)|lib/apk/db/installed"
    r"|(?:var/lib|usr/lib/sysimage|usr/share)/rpm/(?:Packages|Packages\.db|rpmdb\.sqlite))"
    r"|(?s:.*/)?conda-meta/[^/]+\.json"
)
"""The same of a system in a folder of its own, as `/rootfs` may hold one, and of conda."""
_SUMS: Final = re.compile(r"var/lib/dpkg/[^/]+/[^/]+\.md5sums")
"""Which files a Debian package brought along."""
_DESCRIPTION: Final = re.compile(
    r"(?s:.*/)?(?:[^/]+\.dist-info/METADATA|[^/]+\.egg-info(?:/PKG-INFO)?|EGG-INFO/PKG-INFO"
    r"|specifications/[^/]+\.gemspec|node_modules/(?:@[^/]+/)?[^/@]+/package\.json)"
)
"""Files by which packages of Python, Ruby and Node.js say what they are."""
_OWN: Final = re.compile(
    r"usr/(?:share/(?!(?s:.*/)?node_modules/)|lib\d*/python[\d.]*/)"
    r"|usr/(?:share|lib\w*)/(?:nodejs|node_modules[\w-]*|ruby|gems)/"
)
"""Where a distribution puts packages of languages that its own advisories speak of."""
_FOLDER: Final = re.compile(r"(?s:.*/)?[^/]+\.(?:dist|egg)-info")
_OF_THE_SYSTEM: Final = re.compile(
    r"(?:bin|boot|dev|etc|lib\w*|run|sbin|usr/(?!local/)[^/]+|var)/|(?:proc|sys|root/\.[^/]+)$"
)
"""Where a distribution's packages put their files, and nobody else has to."""
_PROGRAM: Final = re.compile(
    r"(?:(?:usr/)?(?:s?bin|lib\w*)|(?:nix|gnu)/store|(?s:.*/)?\.linuxbrew/Cellar)/(?s:.*)"
)
"""Where a distribution's packages put their programs and libraries, and Nix, Guix and Homebrew."""
_SOURCES_OF_GO: Final = ("usr/local/go/src/", "usr/local/go/test/")
"""Where Go's own sources have programs to be tested with."""
_OF_A_LANGUAGE: Final = re.compile(r"/(?:site-packages|dist-packages|node_modules|gems)/")
"""Where packages of languages put theirs, which describe themselves."""


_PASSED_OVER: Final = re.compile(r"usr/(?:share|include|lib)/")
"""Where Trivy looks for no secret, as we call it."""
_NOT_ASKED: Final = re.compile(
    r"usr/local/(?:go|lib/python[\d.]+(?!/site-))/|opt/yarn-v|var/log/anaconda/"
    r"|usr/src/wordpress/wp-(?:admin|includes|content/(?:themes/twenty\w+|plugins/akismet))/"
    r"|(?s:.*)/(?:site|dist)-packages/(?s:(?:.*[/_-])?)(?:tests?|testing|examples?)"
    r"(?:[_-][^/]*)?(?:/|\.py$)|(?s:.*)\.pyc$"
)
"""Where interpreters and known images keep their own, tests of packages, and what is compiled."""


def is_passed_over(path: str) -> bool:
    """Say whether Trivy looks for secrets in no file under this name."""
    return _PASSED_OVER.match(path) is not None


def is_asked(path: str) -> bool:
    """Say whether a secret under this name would be of whoever made the image."""
    return _NOT_ASKED.match(path) is None and not is_read(path)


def is_of_a_language(path: str) -> bool:
    """Say whether a package of a language brought this file."""
    return _OF_A_LANGUAGE.search(path) is not None


def is_read(path: str) -> bool:
    """Say whether the content of this file is wanted."""
    known = path in _SYSTEM or path in RPM_AHEAD or path in (DIVERSIONS, REPOSITORIES)
    return known or is_status(path) or is_sums(path) or is_list(path)


def is_status(path: str) -> bool:
    """Say whether dpkg's records are in this file."""
    return path == STATUS or (path.startswith(STATUS_D) and not path.endswith(".md5sums"))


def is_sums(path: str) -> bool:
    """Say whether this file lists the files of a Debian package."""
    return _SUMS.fullmatch(path) is not None


def is_list(path: str) -> bool:
    """Say whether this file lists what dpkg unpacked of a package."""
    return _LISTS.fullmatch(path) is not None


def may_be_program(path: str) -> bool:
    """Say whether a program under this name should be some package's of the distribution."""
    if _PROGRAM.fullmatch(path) is None or is_read(path) or is_description(path):
        return False
    return not is_of_a_language(path) and not is_elsewhere(path)


def may_be_of_go(path: str) -> bool:
    """Say whether a program that Go built is asked for its modules alone under this name."""
    return not may_be_program(path) and not path.startswith(_SOURCES_OF_GO)


def merged(path: str) -> str:
    """Return one name for what is one place where `/bin` and `/sbin` lead to `/usr/bin`."""
    path = path.removeprefix("usr/")
    return path[1:] if path.startswith("sbin/") else path


def named(path: str, line: bytes) -> str:
    """Return the file that a line of a list of files names."""
    told = line.partition(b"  ")[2] if is_sums(path) else line
    return told.decode("utf-8", "surrogateescape").removeprefix("/")


def is_of_the_system(path: str) -> bool:
    """Say whether a distribution's packages put their files there."""
    return _OF_THE_SYSTEM.match(path) is not None


def shown(path: str) -> str:
    """Return a path with U+FFFD for each byte that is no UTF-8, as Trivy writes it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


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
    return is_status(path) or path in APK or path in RPM


def is_elsewhere(path: str) -> bool:
    """Say whether packages are listed here that Trivy knows no advisories about, or passes over."""
    return path not in _SYSTEM and _ELSEWHERE.fullmatch(path) is not None


def may_be_own(path: str) -> bool:
    """Say whether a package of a language that is described here may be the distribution's own."""
    return _OWN.match(path) is not None
