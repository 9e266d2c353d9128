"""Whose advisories Trivy asks: where something in an image leads it to others than the system's.

It says nothing of this in its report, and finds nothing among advisories about something else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pipeline.model.gap import GapReason
from pipeline.model.inventory import Image
from pipeline.stages.image import canary as image_canary
from pipeline.stages.trivy.report import Document, Package

_ALPINE: Final = "alpine"
_PLAIN: Final = re.compile(r"\d+\.\d+")
_PLUS: Final = re.compile(r"\+sp\d+(?:p\d+)?")
_SEAL: Final = "seal-"
_SEALED: Final[Mapping[str, Callable[[Package], bool]]] = {
    "python-pkg": lambda one: one.name.lower().startswith(_SEAL) or _is_plus(one),
    "jar": lambda one: re.match(r"seal\.sp\d", one.name) is not None or _is_plus(one),
    "node-pkg": lambda one: one.name.startswith("@seal-security/"),
    "gobinary": lambda one: one.name.startswith("sealsecurity.io/"),
    "gemspec": lambda one: one.name.startswith(_SEAL),
}
"""By type of package: whether Trivy takes one for Seal Security's, and asks that maker alone."""


def others(image: Image, document: Document) -> Iterator[tuple[GapReason, str]]:
    """Say which packages were held against advisories that do not speak of them."""
    system = document.metadata.os
    if system is None:
        return
    if stream := _stream(image):
        said = f"etc/apk/repositories names {stream}, so that Trivy does not ask the advisories of"
        own = f"{image.system.release}: name the image's own release alone"
        yield GapReason.UNSUPPORTED, f"{said} {own}"
    if foreign := _foreign(image, system.family):
        said = f"packages are listed by {foreign}, and Trivy asks the advisories of"
        yield GapReason.UNSUPPORTED, f"{said} {system.family} about them"
    if system.supplier:
        said = f"a file says that {system.supplier} made the packages"
        yield GapReason.THIRD_PARTY, f"{said}: Trivy asks its advisories alone"
    for named in dict.fromkeys(_sealed(document)):
        yield GapReason.THIRD_PARTY, f"{named}: Trivy asks the advisories of Seal Security alone"


def _stream(image: Image) -> str:
    """Name a release of Alpine that Trivy may ask in place of the image's own.

    It takes the greatest, or `edge`, and does not compare what is no number.
    """
    if image.system.family != _ALPINE or not image.system.streams:
        return ""
    own = image_canary.release(_ALPINE, image.system.release)
    named = {image_canary.release(_ALPINE, one) for one in image.system.streams}
    later = {one for one in named if not _is_earlier(one, own)}
    return "" if later == {own} else ", ".join(sorted(later - {own} or named))


def _is_earlier(release: str, own: str) -> bool:
    if not (_PLAIN.fullmatch(release) and _PLAIN.fullmatch(own)):
        return False
    return [*map(int, release.split("."))] < [*map(int, own.split("."))]


def _foreign(image: Image, family: str) -> str:
    """Name whose lists hold packages of which the system's advisories do not speak."""
    forms = set(image.system.forms)
    if family in image_canary.FORMS:
        forms.discard(image_canary.FORMS[family])
    elif len(forms) == 1:
        return ""
    return ", ".join(sorted(forms))


def _sealed(document: Document) -> Iterator[str]:
    for result in document.results:
        is_sealed = _is_sealed if result.class_ == "os-pkgs" else _SEALED.get(result.type)
        if is_sealed is not None:
            yield from (f"{one.name} {one.version}" for one in result.packages if is_sealed(one))


def _is_sealed(one: Package) -> bool:
    return any(name.lower().startswith(_SEAL) for name in (one.name, one.src_name))


def _is_plus(one: Package) -> bool:
    return _PLUS.search(one.version) is not None
