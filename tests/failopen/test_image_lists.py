"""Trivy believes an image's list of packages, whatever lies in the image."""

from pathlib import Path
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import DPKG_STATUS, Deb, Entry, Layer
from tests.failopen.images import CLEAN, ELF, REF, alma, image
from tests.failopen.ways import Way, cases, check, found, gap
from tests.support.command import penstock
from tests.support.rpm import Rpm
from tests.support.trivy import rootfs

pytestmark = pytest.mark.tools

_SSL: Final = "usr/lib/x86_64-linux-gnu/libssl.so.3"
_LIST: Final = oci_image.text("var/lib/dpkg/info/libssl3.list", f"/.\n/{_SSL}\n")
_BAD: Final = Deb("libssl3", "3.0.11-1~deb12u1", source="openssl")
_FIXED: Final = Deb("libssl3", "3.0.11-1~deb12u2", source="openssl")
_TZDATA: Final = Deb("tzdata", "2024a-0+deb12u1")
_WHOLE: Final = rootfs(_BAD, _TZDATA) | _LIST | {_SSL: ELF}
_RPM: Final = Rpm("openssl-libs", "3.0.7", "27.el9", (f"/usr/lib64/{_SSL.rpartition('/')[2]}",))
_BASH: Final = Rpm("bash", "5.1.8")
_KEY: Final = Rpm("gpg-pubkey", "8483c65d", "5ccc5b19", vendor="")
"""What rpm lists for a key that it trusts."""
_TWICE: Final = frozenset({(REF, "not_read"), (REF, "not_listed")})


def _listing(*packages: Deb) -> Layer:
    """Return dpkg's list alone, as a text editor would leave it."""
    return {DPKG_STATUS: rootfs(*packages)[DPKG_STATUS]}


WAYS: Final = (
    Way("image", "a library lies in the system's folders, and the list of packages is made up",
        image(CLEAN | {_SSL: ELF}), gap(REF, "not_listed"), quick=True),
    Way("image", "a layer takes a package off the list, and leaves its files",
        image(_WHOLE, _listing(_TZDATA)), gap(REF, "not_listed")),
    Way("image", "a layer takes a package off the list, and its list of files with it",
        image(_WHOLE, _listing(_TZDATA) | {"var/lib/dpkg/info/.wh.libssl3.list": Entry(b"")}),
        gap(REF, "not_listed")),
    Way("image", "a layer writes a later version into the list, and brings no file of the package",
        image(_WHOLE, _listing(_FIXED, _TZDATA)), gap(REF, "unsupported")),
    Way("image", "a program is put into the system's folders, of which no list says what it is",
        image(CLEAN | {"usr/bin/tool": ELF}), gap(REF, "not_listed")),
    Way("image", "a library lies in the system's folders, and rpm's list does not name it",
        alma(_BASH), gap(REF, "not_listed")),
    Way("image", "a package of rpm claims a program outside of the system's folders",
        alma(_RPM._replace(files=(*_RPM.files, "/app/server"))), gap(REF, "ignored_by_tool")),
    Way("image", "rpm's packages stand in the log beside its database, which is not read",
        alma(_RPM, ahead=b"more"), gap(REF, "not_read")),
    Way("image", "rpm's database gives a package two names, of which one counts",
        alma(_RPM, twice=True), _TWICE, quick=True),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_a_list_is_held_against_what_lies_there(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)


@pytest.mark.slow
def test_the_same_lists_are_believed_where_the_files_bear_them_out(tmp_path: Path) -> None:
    """Or the tests above could not fail."""
    place = tmp_path / "bad"
    check(Way("image", "", image(_WHOLE), finds=found("CVE-2023-5363", REF)), place)
    upgraded = rootfs(_FIXED, _TZDATA) | _LIST | {_SSL: ELF}
    laid = image(_WHOLE, upgraded)(tmp_path / "clean")
    for number, one in enumerate((laid, alma(_RPM, _KEY)(tmp_path / "alma"))):
        done = penstock("run", one.folder, "--out", tmp_path / str(number))
        assert done.code == 0, done.out
    old = alma(_RPM._replace(release="20.el9"))
    check(Way("image", "", old, finds=found("CVE-2023-5363", REF)), tmp_path / "old")
