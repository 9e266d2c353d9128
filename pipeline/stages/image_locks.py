"""What an image holds of a language beside its interpreter: what a lock in it may stand for."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pipeline.oci import locks
from pipeline.stages.trivy_report import Package

_OWN_PATHS: Final = re.compile(
    r"(?:usr/(?:local/)?)?(?:lib\w*|share)/(?:node_modules|nodejs)/(?:npm|corepack)/|opt/yarn-v"
    r"|(?s:.*/)(?:site|dist)-packages/(?:pip|setuptools)/_vendor/"
    r"|(?s:.*/)specifications/default/"
)
"""Where installers keep what they need themselves, and Ruby what comes with it."""
_OWN: Final[Mapping[str, Collection[str]]] = {
    "Python": frozenset({"pip", "setuptools", "wheel"}),
    "Ruby": frozenset({"bundler"}),
}
"""Installers, which base images hold before anything is installed."""
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
