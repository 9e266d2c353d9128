"""Trivy reads no lock file within an image: what nothing installed bears out is nobody's answer."""

import json
from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import Layer
from tests.failopen.images import CLEAN, REF, image
from tests.failopen.ways import Way, cases, check, gap
from tests.support.command import penstock

pytestmark = pytest.mark.tools

_NODE: Final = oci_image.text(
    "app/package-lock.json",
    json.dumps({
        "name": "e",
        "lockfileVersion": 3,
        "packages": {"": {"name": "e"}, "node_modules/lodash": {"version": "4.17.4"}},
    }),
)  # fmt: skip
_PYTHON: Final = oci_image.text("app/requirements.txt", "jinja2==2.10\n")
_PIP: Final = oci_image.python_package("pip", "24.0")
_LODASH: Final = oci_image.text(
    "app/node_modules/lodash/package.json", '{"name": "lodash", "version": "4.17.21"}'
)
_JINJA: Final = oci_image.python_package("Jinja2", "3.1.6")
_LOCK: Final = '[[package]]\nname = "jinja2"\nversion = "2.10"\n'
_OTHERS: Final = [
    oci_image.text(f"srv/{name}", _LOCK)
    for name in ("poetry.lock", "Gemfile.lock", "composer.lock", "go.sum")
]


def _locks(*layers: Layer) -> Layer:
    return {path: entry for layer in layers for path, entry in layer.items()}


WAYS: Final = (
    Way("image", "`package-lock.json` and `requirements.txt` lie in the image, and no package of "
        "their languages is installed in it", image(CLEAN, _locks(_NODE, _PYTHON)),
        gap(REF, "ignored_by_tool"), quick=True),
    Way("image", "the same beside `pip` alone, which came with Python",
        image(CLEAN, _locks(_PIP, _PYTHON)), gap(REF, "ignored_by_tool")),
    Way("image", "`poetry.lock`, `Gemfile.lock`, `composer.lock` or `go.sum` in the image, and "
        "Python's packages for none but the first",
        image(CLEAN, _locks(_JINJA, *_OTHERS)), gap(REF, "ignored_by_tool")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_a_lock_that_nobody_reads_is_a_gap(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)


@pytest.mark.slow
def test_where_its_language_is_installed_that_is_what_counts(tmp_path: Path) -> None:
    """Or the tests above could not fail."""
    laid = image(CLEAN, _locks(_NODE, _PYTHON, _LODASH, _JINJA))(tmp_path)
    done = penstock("run", laid.folder, "--out", tmp_path / "out")
    assert done.code == 0, done.out
