"""rpm's databases in their three forms, read by ourselves."""

import struct
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.support import oci_image
from examples.support.oci_image import Entry, Layer
from pipeline.model.inventory import System
from pipeline.oci.rpm.database import packages
from pipeline.oci.rpm.errors import UnreadableError
from pipeline.oci.system import read_system
from tests.support.rpm import Rpm, berkeley, header, ndb, sqlite
from tests.unit.oci.test_system import listed

LIB = "usr/lib64/libssl.so.3"
SSL = Rpm("openssl-libs", "3.0.7", "1.el9", (f"/{LIB}", "/etc/ssl/x", "/opt/x/app"), ("/opt/y",))
BASH = Rpm("bash", "5.1", files=("/usr/bin/bash",))
ELF = Entry(b"\x7fELF\x02")
Form = Callable[..., bytes]
PATHS: dict[Form, str] = {
    sqlite: "var/lib/rpm/rpmdb.sqlite",
    ndb: "usr/lib/sysimage/rpm/Packages.db",
    berkeley: "var/lib/rpm/Packages",
}
FORMS = pytest.mark.parametrize("form", PATHS)


def system(*layers: Layer) -> System:
    return read_system([listed(layer) for layer in layers])


@FORMS
def test_every_package_is_read_with_its_regular_files(form: Form) -> None:
    first, second = packages(form(header(SSL), header(BASH)))
    assert (first.name, first.version) == ("openssl-libs", "0:3.0.7-1.el9")
    assert first.files == (LIB, "etc/ssl/x", "opt/x/app")
    assert (second.name, second.files) == ("bash", ("usr/bin/bash",))


@FORMS
def test_headers_longer_than_a_page_are_read(form: Form) -> None:
    many = tuple(f"/usr/share/doc/{number}/{'x' * 90}" for number in range(500))
    long = Rpm("long", files=many)
    (one, two) = packages(form(header(long), header(BASH)))
    assert len(one.files) == 500
    assert two.name == "bash"


def test_so_many_packages_that_the_table_has_branches_are_read() -> None:
    headers = [header(Rpm(f"p{number}", files=("/a" * 200,))) for number in range(3000)]
    assert {one.name for one in packages(sqlite(*headers))} == {f"p{n}" for n in range(3000)}


def test_the_other_order_of_bytes_is_read() -> None:
    assert [one.name for one in packages(berkeley(header(BASH), sign=">"))] == ["bash"]


def test_a_header_beside_its_key_is_read() -> None:
    found = packages(berkeley(header(SSL), on_page=header(BASH)))
    assert [one.name for one in found] == ["openssl-libs", "bash"]


@FORMS
def test_what_says_its_name_twice_is_refused(form: Form) -> None:
    with pytest.raises(UnreadableError, match="twice"):
        packages(form(header(BASH, (1000, 6, ["zsh"]))))


@FORMS
@pytest.mark.parametrize("part", [0.1, 0.4, 0.7, 0.95])
def test_a_database_that_is_cut_is_refused(form: Form, part: float) -> None:
    whole = form(header(Rpm("a", files=("/x" * 2000,))), header(BASH))
    with pytest.raises(UnreadableError):
        packages(whole[: int(len(whole) * part)])


def test_a_chain_that_leads_back_to_itself_ends() -> None:
    data = bytearray(berkeley(header(Rpm("a", files=("/x" * 4000,)))))
    struct.pack_into("<I", data, 2 * 4096 + 16, 2)
    with pytest.raises(UnreadableError):
        packages(bytes(data))


def test_a_table_that_leads_back_to_itself_ends() -> None:
    headers = [header(Rpm(f"p{number}", files=("/a" * 200,))) for number in range(300)]
    data = bytearray(sqlite(*headers))
    for page in range(1, len(data) // 4096):
        if data[page * 4096] == 5:
            struct.pack_into(">I", data, page * 4096 + 8, page + 1)
    with pytest.raises(UnreadableError):
        packages(bytes(data))


@given(st.binary(max_size=2000), st.sampled_from([b"", b"SQLite format 3\0", b"RpmP"]))
def test_bytes_are_a_database_or_unreadable(data: bytes, magic: bytes) -> None:
    with suppress(UnreadableError):
        packages(magic + data)


@given(st.data())
def test_a_changed_database_is_one_or_unreadable(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from([sqlite, ndb, berkeley]))
    whole = bytearray(form(header(SSL), header(BASH)))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableError):
        packages(bytes(whole))


@FORMS
def test_the_system_s_packages_and_claims_are_those_of_rpm(form: Form) -> None:
    database = {PATHS[form]: Entry(form(header(SSL), header(BASH)))}
    found = system(oci_image.os_release("almalinux", "9.3") | database | {LIB: ELF})
    assert found.packages == ("bash", "openssl-libs")
    assert (found.claimed, found.unlisted, found.unread) == (("opt/x/app",), (), ())
    assert system(database | {"usr/lib64/libz.so.1": ELF}).unlisted == ("usr/lib64/libz.so.1",)


def test_a_version_that_changes_in_rpm_s_list_alone_is_told() -> None:
    path = PATHS[sqlite]
    base = {path: Entry(sqlite(header(SSL))), LIB: ELF}
    edited = {path: Entry(sqlite(header(SSL._replace(version="3.0.9"))))}
    assert system(base, edited).restated == ("openssl-libs 0:3.0.7-1.el9 as 0:3.0.9-1.el9",)
    assert system(base, edited | {LIB: ELF}).restated == ()


def test_a_package_in_several_versions_stays_what_it_is() -> None:
    files = ("/usr/lib/modules/k.ko",)
    kernels = [header(Rpm("kernel-core", version, files=files)) for version in ("5", "6")]
    base = {PATHS[sqlite]: Entry(sqlite(*kernels))}
    assert system(base, {PATHS[sqlite]: Entry(sqlite(*kernels, header(BASH)))}).restated == ()


@pytest.mark.parametrize("data", [b"", b"junk", b"SQLite format 3\0" * 9])
def test_a_database_that_cannot_be_read_is_told(data: bytes) -> None:
    assert system({PATHS[sqlite]: Entry(data)}).unread == (PATHS[sqlite],)


def test_what_is_not_yet_in_the_database_is_told() -> None:
    database = {PATHS[sqlite]: Entry(sqlite(header(SSL)))}
    ahead = f"{PATHS[sqlite]}-wal"
    assert system(database | {ahead: Entry(b"more")}).unread == (ahead,)
    assert system(database | {ahead: Entry(b"")}).unread == ()


def test_a_database_s_folder_may_be_a_link_to_the_other_one() -> None:
    whole = Entry(sqlite(header(SSL)))
    moved = {"var/lib/rpm": Entry(link="/usr/lib/sysimage/rpm")}
    upper = moved | {"usr/lib/sysimage/rpm/rpmdb.sqlite": whole}
    assert system({PATHS[sqlite]: whole}, upper).linked == ()
    assert system({PATHS[sqlite]: whole}, moved).linked == (PATHS[sqlite],)


def test_a_page_with_an_odd_number_of_entries_is_unreadable() -> None:
    pages = bytearray(1024)
    struct.pack_into("<II", pages, 12, 0x061561, 9)
    struct.pack_into("<I", pages, 20, 512)  # the size of a page
    struct.pack_into("<I", pages, 32, 1)  # the last one's number
    pages[512 + 25] = 13
    struct.pack_into("<H", pages, 512 + 20, 1)
    with pytest.raises(UnreadableError):
        packages(bytes(pages))
