"""What an image holds, by our own reading of its layers."""

import io
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry, Layer
from pipeline.model.gap import GapReason
from pipeline.model.inventory import System
from pipeline.oci.errors import ImageError
from pipeline.oci.system import read_system
from pipeline.oci.tar import Member, members
from tests.support.layers import entry, tar


def pieces(data: bytes, size: int = 700) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def listed(layer: Layer) -> tuple[Member, ...]:
    return tuple(members(pieces(oci_image.tar(layer)), "layer 1"))


def system(*layers: Layer) -> System:
    return read_system([listed(layer) for layer in layers])


BASE = oci_image.os_release("debian", "12") | oci_image.dpkg(Deb("zlib1g", "1"), Deb("apt", "2"))
GONE = Entry(b"")


def test_release_and_packages_are_read() -> None:
    found = system(BASE)
    assert (found.family, found.release) == ("debian", "12")
    assert found.packages == ("apt", "zlib1g")
    assert found.claims == ("debian 12",)


def test_an_upper_layer_wins_and_the_lower_claim_stays_known() -> None:
    found = system(BASE, oci_image.os_release("debian", "99"))
    assert found.release == "99"
    assert found.claims == ("debian 12", "debian 99")
    assert found.packages == ("apt", "zlib1g")


@pytest.mark.parametrize(
    "path",
    [
        "var/lib/dpkg/.wh.status",
        "var/lib/.wh.dpkg",
        "var/.wh.lib",
        ".wh.var",
        "var/lib/dpkg/.wh..wh..opq",
        ".wh..wh..opq",
    ],
)
def test_a_whiteout_hides_what_lies_below(path: str) -> None:
    assert system(BASE, {path: GONE}).packages == ()


def test_a_whiteout_never_hides_its_own_layer() -> None:
    upper = {"var/lib/dpkg/.wh..wh..opq": GONE} | oci_image.dpkg(Deb("bash", "1"))
    assert system(BASE, upper).packages == ("bash",)


def test_a_link_in_place_of_a_folder_hides_it() -> None:
    assert system(BASE, {"var/lib/dpkg": Entry(link="../elsewhere")}).packages == ()


def test_what_was_removed_is_not_installed() -> None:
    stanzas = (
        "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
        "Package: b\nStatus: deinstall ok config-files\nVersion: 1\n\n"
        "Package: c\nStatus: install ok half-installed\nVersion: 1\n"
    )
    assert system(oci_image.text("var/lib/dpkg/status", stanzas)).packages == ("a",)


def test_distroless_records_count() -> None:
    layer = oci_image.text("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 1\n")
    assert system(layer).packages == ("base-files",)


def test_alpine_is_read() -> None:
    layer = oci_image.os_release("alpine", "3.19.1") | oci_image.text(
        "lib/apk/db/installed", "P:musl\nV:1.2\n\nP:busybox\nV:1.36\n"
    )
    found = system(layer)
    assert (found.family, found.packages) == ("alpine", ("busybox", "musl"))


def test_a_release_in_quotes_or_out_of_balance_is_read() -> None:
    odd = oci_image.text("etc/os-release", "ID='debian'\nVERSION_ID=\"12\n# ID=other\n")
    assert system(odd).family == "debian"


DESCRIBED = "usr/local/lib/python3.11/site-packages/a-1.dist-info/METADATA"
FILE = Entry(b"Name: a\n")
APT = "var/lib/dpkg/info/apt.list"


def test_packages_of_languages_are_described_but_for_what_the_distribution_brought() -> None:
    own = (
        "usr/lib/python3/dist-packages/b-1.dist-info/METADATA",
        "usr/share/nodejs/npm/node_modules/b/package.json",
        "usr/lib/node_modules/npm/node_modules/b/package.json",
        "usr/share/rubygems-integration/all/specifications/b-1.gemspec",
        "usr/share/app/b-1.dist-info/METADATA",
    )
    others = (
        "srv/lib/c.egg-info/PKG-INFO",
        "srv/line\nfeed/d-1.dist-info/METADATA",
        "srv/node_modules/@a/b/package.json",
        "usr/lib/app/node_modules/b/package.json",
        DESCRIBED,
        "usr/local/lib/ruby/gems/3.3.0/specifications/c-1.gemspec",
        "usr/share/app/node_modules/b/package.json",
    )
    brought = "".join(f"/{path}\n" for path in (*own, *others))
    layer = dict.fromkeys((*own, *others), FILE)
    assert system(layer).described == tuple(sorted((*own, *others)))
    assert system(layer | oci_image.text(APT, brought)).described == tuple(sorted(others))


def test_what_is_hidden_is_described_no_longer() -> None:
    assert system({DESCRIBED: FILE}, {"usr/local/.wh.lib": GONE}).described == ()
    assert system({DESCRIBED: FILE}, {"usr/local/.wh.li": GONE}).described == (DESCRIBED,)


def test_a_link_where_a_package_is_described_is_told_unless_it_leads_to_another_description() -> (
    None
):
    layer = {"opt/m": FILE, DESCRIBED: Entry(link="/opt/m")}
    assert system(layer).linked == (DESCRIBED,)
    folder = DESCRIBED.rpartition("/")[0]
    other = {"opt/a-1.dist-info/METADATA": FILE, folder: Entry(link="/opt/a-1.dist-info")}
    assert system(other).linked == ()
    assert system(other, {"opt/.wh.a-1.dist-info": GONE}).linked == (folder,)


def test_a_list_of_packages_that_is_lost_to_a_link_is_told() -> None:
    assert system(BASE, {"var/lib/dpkg": Entry(link="/opt")}).linked == ("var/lib/dpkg/status",)
    assert system(BASE, {"var/lib/dpkg/status": Entry(link="/opt/s")}).linked == (
        "var/lib/dpkg/status",
    )


def test_a_system_whose_folders_were_merged_has_no_odd_links() -> None:
    layer = oci_image.os_release("alpine", "3.23") | {
        "lib": Entry(link="usr/lib"),
        "usr/lib/apk/db/installed": Entry(b"P:musl\nV:1\n\n"),
    }
    assert system({"lib/apk/db/installed": Entry(b"P:musl\nV:1\n\n")}, layer).linked == ()


def test_claims_outside_of_the_system_s_folders_are_told() -> None:
    sums = "0  usr/share/x\n0  opt/x/server\n0  usr/local/y\n0  etc/z\n"
    layer = BASE | oci_image.text("var/lib/dpkg/info/apt.md5sums", sums)
    assert system(layer).claimed == ("opt/x/server", "usr/local/y")
    installed = "P:musl\nV:1\nF:lib\nR:ld.so\nF:app\nR:server\nF:\nR:x\n\n"
    assert system(oci_image.text("lib/apk/db/installed", installed)).claimed == ("app/server", "x")


def test_the_last_list_of_repositories_that_names_releases_counts_deleted_or_not() -> None:
    place = "https://dl-cdn.alpinelinux.org/alpine"
    first = oci_image.text("etc/apk/repositories", f"{place}/v3.99/main\n")
    last = oci_image.text("etc/apk/repositories", f"{place}/v3.23/main\n#{place}/edge/testing\n")
    unread = oci_image.text("etc/apk/repositories", "https://a/b/alpine/v3.1/main\n/srv/apk\n")
    assert system(first).streams == ("3.99",)
    assert system(first, last, unread).streams == ("3.23", "edge")
    assert system(first, {"etc/apk/.wh.repositories": GONE}).streams == ("3.99",)
    assert system(unread).streams == ()


def test_whose_lists_hold_packages_is_known() -> None:
    musl = oci_image.text("lib/apk/db/installed", "P:musl\nV:1\n\n")
    assert system(BASE).forms == ("dpkg",)
    assert system(BASE, musl).forms == ("apk", "dpkg")
    assert system(BASE, oci_image.text("lib/apk/db/installed", "")).forms == ("dpkg",)


@pytest.mark.parametrize(
    ("path", "elsewhere"),
    [
        ("srv/a/var/lib/dpkg/status", True),
        ("srv/a/var/lib/dpkg/status.d/zlib", True),
        ("usr/lib/machines/b/usr/lib/apk/db/installed", True),
        ("a/var/lib/rpm/Packages", True),
        ("a/usr/share/rpm/rpmdb.sqlite", True),
        ("opt/conda/conda-meta/openssl-3.0.7-0.json", True),
        ("opt/conda/conda-meta/history", False),
        ("var/lib/dpkg/status", False),
        ("usr/lib/apk/db/installed", False),
        ("var/lib/dpkg/status-old", False),
        ("srv/a/status", False),
    ],
)
def test_lists_that_trivy_does_not_read_are_named(path: str, *, elsewhere: bool) -> None:
    found = system(oci_image.text(path, "P:a\n"))
    assert (found.elsewhere, found.unlisted) == ((path,) if elsewhere else (), ())
    assert system(oci_image.text(path, "")).elsewhere == ()


def test_many_whiteouts_over_many_files_take_no_time() -> None:
    lower = [Member(path=f"a/{n}/x-1.dist-info/METADATA", data=b"") for n in range(50_000)]
    upper = [Member(path=f"b/.wh.{n}", data=None) for n in range(50_000)]
    begun = time.process_time()
    assert len(read_system([lower, upper]).described) == 50_000
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/../etc/os-release", tarfile.REGTYPE),
        ("../../etc/os-release", tarfile.REGTYPE),
        ("usr/.wh..", tarfile.REGTYPE),
        ("usr/.wh...", tarfile.REGTYPE),
        (".wh.", tarfile.REGTYPE),
        ("a", tarfile.CONTTYPE),
        ("a", tarfile.GNUTYPE_SPARSE),
        ("a", b"Q"),
    ],
)
def test_what_may_be_understood_in_two_ways_is_refused(path: str, kind: bytes) -> None:
    archive = tar([entry(path, b"x", kind=kind)])
    with pytest.raises(ImageError) as caught:
        list(members(pieces(archive), "layer 1"))
    assert caught.value.reason is GapReason.UNSUPPORTED


def test_a_sparse_file_of_the_newer_kind_is_refused() -> None:
    member, data = entry("a", b"x")
    member.pax_headers = {"GNU.sparse.name": "etc/os-release"}
    with pytest.raises(ImageError) as caught:
        list(members(pieces(tar([(member, data)])), "layer 1"))
    assert caught.value.reason is GapReason.UNSUPPORTED


def test_more_than_can_be_remembered_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.oci.tar._MAX_NOTED", 3)
    with pytest.raises(ImageError) as caught:
        listed({f".wh.{n}": GONE for n in range(4)})
    assert caught.value.reason is GapReason.LIMIT


def test_nothing_is_nothing() -> None:
    assert system({"app": Entry(b"x")}) == System()


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=150)


@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=8),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
    st.integers(1, 5000),
)
def test_the_wanted_file_is_found_among_any_others(
    others: list[tuple[str, bytes]], form: int, size: int
) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for name, data in [*others, ("./etc/os-release", b"ID=debian\n"), *others]:
            member = tarfile.TarInfo(f"x/{name}" if name != "./etc/os-release" else name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    found = [one for one in members(pieces(raw.getvalue(), size), "layer") if one.data]
    assert found == [Member(path="etc/os-release", data=b"ID=debian\n")]


@given(st.binary(max_size=3000))
def test_bytes_are_a_tar_or_an_image_error(data: bytes) -> None:
    with suppress(ImageError):
        list(members(iter([data] if data else []), "layer"))


def test_a_header_of_any_size_is_not_read_into_memory() -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 1 << 40
    data = header.tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(ImageError) as caught:
        list(members(iter([data]), "layer"))
    assert caught.value.reason is GapReason.LIMIT
