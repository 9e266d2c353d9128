"""What an image holds of a language beside its interpreter: what a lock in it may stand for."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pipeline.oci import locks
from pipeline.stages.trivy.report import Package

_OWN_PATHS: Final = re.compile(
    r"(?:usr/(?:local/)?)?(?:lib\w*|share)/(?:node_modules|nodejs)/(?:npm|corepack)/|opt/yarn-v"
    r"|(?s:.*/)(?:site|dist)-packages/(?:pip|setuptools)/_vendor/"
    r"|(?s:.*/)specifications/default/"
    r"|(?!(?s:.*/)?node_modules/)(?s:.*/)?package\.json\Z"
    r"|(?!(?s:.*)-packages/)(?s:.*)\.egg-info(?:/|\Z)"
)
"""Where installers keep what they need themselves, Ruby what comes with it, and an application
what it says of itself."""
_OWN: Final[Mapping[str, Collection[str]]] = {
    "Python": frozenset({"pip", "setuptools", "wheel"}),
    "Ruby": frozenset(
        {"abbrev", "base64", "bigdecimal", "bundler", "csv", "debug", "drb", "getoptlong", "matrix",
         "minitest", "mutex_m", "net-ftp", "net-imap", "net-pop", "net-smtp", "nkf", "observer",
         "power_assert", "prime", "racc", "rake", "rbs", "repl_type_completor", "rexml", "rinda",
         "rss", "syslog", "test-unit", "typeprof"}
    ),
}  # fmt: skip
"""Installers, and Ruby's bundled gems: base images hold them before anything is installed."""
HINT: Final = "remove them from the image, or tolerate the gap with a dated entry"


def is_installed(ecosystem: str, packages: Iterable[Package]) -> bool:
    """Say whether anything is installed that did not come with the interpreter."""
    own = _OWN.get(ecosystem, frozenset())
    return any(
        one.name not in own and not _OWN_PATHS.match(one.file_path.lstrip("/")) for one in packages
    )


def unanswered(names: Iterable[str], installed: Collection[str]) -> tuple[str, ...]:
    """Name locks of languages of which nothing is installed, with the language."""
    told = ((name, locks.ecosystem(name)) for name in names)
    return tuple(
        f"{name} ({language})" for name, language in told if language and language not in installed
    )
