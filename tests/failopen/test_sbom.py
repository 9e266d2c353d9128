"""cyclonedx-py and Trivy write bills of materials that leave things out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry, Image, Layer
from tests.failopen import images
from tests.failopen.ways import Content, Laid, Way, asks, cases, check, gap, with_tool
from tests.support.trivy import rootfs

pytestmark = pytest.mark.tools

_TXT: Final = "requirements.txt"
_CLEAN: Final = "idna==3.20\n"


def _asks(text: str, more: Mapping[str, Content] | None = None) -> Callable[[Path], Laid]:
    return asks("sbom", {_TXT: text, **(more or {})})


def _lists(*parts: Layer) -> Callable[[Path], Laid]:
    """Ask for the bill of materials of an image alone."""
    made = Image(layers=parts)
    return images.judged(lambda place: oci_image.write_layout(place, made), stage="sbom")


def _given(text: str, script: str) -> Callable[[Path], Laid]:
    """Change what cyclonedx-py is given to read."""
    return with_tool(_asks(text), lambda tools: tools.misread("cyclonedx-bom", script))


WAYS: Final = (
    Way("sbom", "an unpinned line becomes a component without a version",
        _asks(f"{_CLEAN}flask>=1.0\n"), gap(f"{_TXT}#flask", "unpinned"), quick=True),
    Way("sbom", "a path becomes the component `unknown`", _asks(f"{_CLEAN}./local\n"),
        gap(f"{_TXT}#./local", "unsupported")),
    Way("sbom", "a repository becomes a component without a version",
        _asks(f"{_CLEAN}a @ git+https://x.test/a@v1\n"), gap(f"{_TXT}#a", "unsupported")),
    Way("sbom", "a pin that is lost before it is read",
        _given(f"{_CLEAN}h11==0.16.0\n", "/^h11/d"), gap(f"{_TXT}#h11==0.16.0", "not_listed")),
    Way("sbom", "an empty requirements file: an SBOM without components, exit 0",
        _given(_CLEAN, "d"), gap(None, "tool_output")),
    Way("sbom", "a lock of another ecosystem that Trivy cannot read",
        _asks(_CLEAN, {"web/package-lock.json": "{"}), gap("web/package-lock.json", "not_listed")),
    Way("sbom", "a broken poetry.lock: no result, no warning, exit 0",
        _asks(_CLEAN, {"poetry.lock": "[[package]\n"}), gap("poetry.lock#(file)", "parse_error")),
    Way("sbom", "wishes without a lock (package.json)",
        _asks(_CLEAN, {"web/package.json": '{"dependencies": {"lodash": "^4"}}'}),
        gap("web/package.json", "unpinned")),
    Way("sbom", "a package in an image whose version cannot be read is left out",
        _lists(rootfs(Deb("tzdata", "1"), Deb("odd", "not a version!"))),
        gap(images.REF, "not_listed")),
    Way("sbom", "a package of Python in an image is described in an odd way, and left out",
        _lists(images.CLEAN | {images.METADATA: Entry(b"Name: Jinja2\n")}),
        gap(images.REF, "not_listed")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_a_bill_of_materials_leaves_out_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
