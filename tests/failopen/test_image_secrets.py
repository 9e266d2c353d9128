"""Trivy looks for secrets neither in what is binary nor in the folders of a distribution."""

from pathlib import Path
from typing import Final

import pytest

from examples.support.oci_image import Entry
from tests.failopen.images import CLEAN, REF, image
from tests.failopen.ways import Way, cases, check, found
from tests.support.trivy import TOKEN

pytestmark = pytest.mark.tools

_LINE: Final = f"token = {TOKEN}\n".encode()
_BINARY: Final = b"\x7fELF\x02\x01\x01\0" + bytes(range(256)) * 9 + b"\0" + _LINE + b"\0" * 99


def _secret(path: str, content: bytes = _LINE, *, quick: bool = False) -> Way:
    what = f"a secret lies in `{path}` within the image"
    layer = CLEAN | {path: Entry(content)}
    return Way("image", what, image(layer), finds=found("github-pat", REF), quick=quick)


WAYS: Final = (
    _secret("app/server (a program)", _BINARY, quick=True),
    _secret("app/data.sqlite", b"SQLite format 3\0" + bytes(300) + _LINE),
    _secret("app/settings.txt (UTF-16)", f"token = {TOKEN}\r\n".encode("utf-16")),
    _secret("usr/share/nginx/html/.env"),
    _secret("usr/lib/app/settings.conf"),
    _secret("usr/local/lib/python3.11/settings.py"),
    _secret("usr/local/go/.netrc"),
    _secret("usr/src/wordpress/wp-config.php"),
)


@pytest.mark.parametrize("way", cases(WAYS))
def test_a_secret_is_found_where_trivy_does_not_look(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
