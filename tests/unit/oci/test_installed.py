"""What a system's own records say, held against what lies in its folders."""

import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry, Layer
from pipeline.model.inventory import System
from pipeline.oci.system import read_system
from tests.unit.oci.test_system import listed

ELF = Entry(b"\x7fELF\x02\x01\x01")
OLD = Deb("libz1", "1.0")
NEW = Deb("libz1", "2.0")
LIB = "usr/lib/x86_64-linux-gnu/libz.so.1.2"
LISTS = "var/lib/dpkg/info"


def system(*layers: Layer) -> System:
    return read_system([listed(layer) for layer in layers])


def debian(*packages: Deb, files: str = f"/.\n/{LIB}\n", arch: str = "") -> Layer:
    """Return a system whose packages all list these files."""
    layer = oci_image.os_release("debian", "12") | oci_image.dpkg(*packages)
    for one in packages:
        layer.pop(f"{LISTS}/{one.name}.list")
        layer |= oci_image.text(f"{LISTS}/{one.name}{arch}.list", files)
    return layer


def test_a_library_of_a_listed_package_is_listed() -> None:
    assert system(debian(OLD) | {LIB: ELF}).unlisted == ()
    assert system(debian(OLD, arch=":amd64") | {LIB: ELF}).unlisted == ()


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/x86_64-linux-gnu/libssl.so.3",
        "usr/bin/server",
        "usr/sbin/server",
        "bin/server",
        "lib64/x.so",
        "usr/libexec/x",
        "nix/store/0a1b-openssl-1.1/lib/libssl.so",
        "home/linuxbrew/.linuxbrew/Cellar/openssl/1.1/bin/openssl",
    ],
)
def test_a_program_that_no_package_lists_is_told(path: str) -> None:
    assert system(debian(OLD) | {path: ELF}).unlisted == (path,)


@pytest.mark.parametrize(
    "path",
    [
        "usr/local/bin/server",
        "opt/x/lib/x.so",
        "app/server",
        "usr/lib/node_modules/a/build/a.node",
        "usr/lib/python3.12/site-packages/a/_a.so",
        "usr/share/x",
        "libs.txt",
    ],
)
def test_nobody_has_to_list_what_lies_elsewhere_or_is_a_language_s(path: str) -> None:
    assert system(debian(OLD) | {path: ELF}).unlisted == ()


def test_what_is_no_program_needs_no_list() -> None:
    assert system(debian(OLD) | {"usr/bin/x": Entry(b"#!/bin/sh\n")}).unlisted == ()
    assert system(debian(OLD) | {"usr/bin/x": Entry(b"\x7fEL")}).unlisted == ()


def test_merged_folders_are_one_place() -> None:
    layer = debian(OLD, files="/lib/libz.so\n/sbin/run\n")
    assert system(layer | {"usr/lib/libz.so": ELF, "usr/bin/run": ELF}).unlisted == ()


def test_a_diverted_program_is_listed_where_it_went() -> None:
    gone = oci_image.text("var/lib/dpkg/diversions", f"/{LIB}\n/usr/lib/kept.so\nother\n")
    assert system(debian(OLD) | gone | {"usr/lib/kept.so": ELF}).unlisted == ()
    stray = oci_image.text("var/lib/dpkg/diversions", "/usr/lib/a\n/usr/lib/kept.so\nother\n")
    assert system(debian(OLD) | stray | {"usr/lib/kept.so": ELF}).unlisted != ()


def test_the_list_of_a_package_that_is_taken_off_the_list_counts_no_more() -> None:
    off = system(debian(OLD, Deb("a", "1"), files="/.\n") | debian(OLD) | {LIB: ELF})
    assert off.unlisted == (f"{LISTS}/a.list",)
    status = oci_image.dpkg(Deb("a", "1"))[oci_image.DPKG_STATUS]
    upper = {oci_image.DPKG_STATUS: status}
    assert system(debian(OLD) | {LIB: ELF}, upper).unlisted == (LIB, f"{LISTS}/libz1.list")


def test_what_was_removed_and_left_its_settings_is_known() -> None:
    status = "Package: a\nStatus: deinstall ok config-files\nVersion: 1\n"
    layer = oci_image.text("var/lib/dpkg/status", status)
    assert system(layer | oci_image.text(f"{LISTS}/a.list", "/etc/a\n")).unlisted == ()


def test_distroless_lists_count() -> None:
    record = oci_image.text("var/lib/dpkg/status.d/libz1", "Package: libz1\nVersion: 1\n")
    sums = oci_image.text("var/lib/dpkg/status.d/libz1.md5sums", f"{'0' * 32}  {LIB}\n")
    assert system(record | sums | {LIB: ELF}).unlisted == ()
    assert system(record | {LIB: ELF}).unlisted == (LIB,)


ALPINE = "P:{0}\nV:{1}\nF:lib\nR:ld.so\nZ:Q1x=\nF:\nR:x\n\n"


def test_alpine_s_files_are_those_of_each_package() -> None:
    layer = oci_image.text("lib/apk/db/installed", ALPINE.format("musl", "1"))
    assert system(layer | {"lib/ld.so": ELF}).unlisted == ()
    assert system(layer | {"lib/ld.so": ELF, "lib/y.so": ELF}).unlisted == ("lib/y.so",)


def test_an_upgrade_brings_its_files() -> None:
    base = debian(OLD) | {LIB: ELF}
    assert system(base, debian(NEW) | {LIB: ELF}).restated == ()


def test_a_version_that_changes_in_the_list_alone_is_told() -> None:
    base = debian(OLD) | {LIB: ELF}
    edited = {oci_image.DPKG_STATUS: oci_image.dpkg(NEW)[oci_image.DPKG_STATUS]}
    assert system(base, edited).restated == ("libz1 1.0 as 2.0",)
    # Its list of files alone is none of its programs.
    assert system(base, debian(NEW)).restated == ("libz1 1.0 as 2.0",)


def test_a_package_without_programs_brings_its_list() -> None:
    base = debian(OLD, files="/.\n")
    edited = {oci_image.DPKG_STATUS: oci_image.dpkg(NEW)[oci_image.DPKG_STATUS]}
    assert system(base, edited).restated == ("libz1 1.0 as 2.0",)
    assert system(base, debian(NEW, files="/.\n")).restated == ()


def test_alpine_s_versions_change_with_their_files() -> None:
    old, new = (
        oci_image.text("lib/apk/db/installed", ALPINE.format("musl", version)) for version in "12"
    )
    assert system(old | {"lib/ld.so": ELF}, new).restated == ("musl 1 as 2",)
    assert system(old | {"lib/ld.so": ELF}, new | {"lib/ld.so": ELF}).restated == ()


def test_a_list_that_was_deleted_and_comes_back_is_held_against_the_old_one() -> None:
    base = debian(OLD) | {LIB: ELF}
    gone = {"var/lib/dpkg/.wh.status": Entry(b"")}
    edited = {oci_image.DPKG_STATUS: oci_image.dpkg(NEW)[oci_image.DPKG_STATUS]}
    assert system(base, gone, edited).restated == ("libz1 1.0 as 2.0",)


def test_an_upgraded_package_of_scripts_and_links_is_no_made_up_one() -> None:
    script = {"usr/sbin/update-ca-certificates": Entry(b"#!/bin/sh\n")}
    files = "/.\n/usr/sbin\n/usr/sbin/update-ca-certificates\n"
    base = debian(OLD, files=files) | script
    assert system(base, debian(NEW, files=files) | script).restated == ()
    edited = {oci_image.DPKG_STATUS: oci_image.dpkg(NEW)[oci_image.DPKG_STATUS]}
    assert system(base, edited).restated == ("libz1 1.0 as 2.0",)


def test_alpine_s_packages_of_settings_may_be_upgraded() -> None:
    old, new = (
        oci_image.text("lib/apk/db/installed", ALPINE.format("alpine-baselayout", version))
        for version in "12"
    )
    settings = {"lib/ld.so": Entry(b"# settings\n")}
    assert system(old | settings, new | settings).restated == ()


def test_a_library_that_a_later_layer_brings_back_is_no_upgrade() -> None:
    old, new = (
        oci_image.text("lib/apk/db/installed", ALPINE.format("musl", version)) for version in "12"
    )
    edited = new | {"lib/.wh.ld.so": Entry(b"")}
    again = {"lib/ld.so": ELF}
    assert system(old | again, edited, again).restated == ("musl 1 as 2",)
