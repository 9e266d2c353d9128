"""What a scanner of secrets passes over in an image, laid out as text."""

from pathlib import Path

import pytest

from examples.support import oci_image
from examples.support.oci_image import Deb, Entry, Layer
from pipeline.model.inventory import Rest
from pipeline.oci import glean
from tests.support.trivy import verified

SECRET = b"password=hunter2-hunter2"
BINARY = b"\0\1\2" + b"\xff" * 400 + SECRET + b"\0more"
LISTS = "var/lib/dpkg/info"


def left(folder: Path, *layers: Layer) -> tuple[Rest, dict[str, bytes]]:
    """Open an image, and return what was laid out, by the place that it comes from."""
    image = verified(folder, oci_image.Image(layers=layers))
    texts = [
        (Path(image.rest_folder) / f"{number}.txt").read_bytes()
        for number, _ in enumerate(image.rest.names, start=1)
    ]
    return image.rest, dict(zip(image.rest.names, texts, strict=True))


def names(folder: Path, *layers: Layer) -> tuple[str, ...]:
    return left(folder, *layers)[0].names


def test_of_a_binary_file_what_can_be_read_is_left(tmp_path: Path) -> None:
    _, texts = left(tmp_path, {"app/server": Entry(BINARY)})
    assert texts == {"app/server": SECRET}


def test_text_in_sixteen_bits_is_read(tmp_path: Path) -> None:
    _, texts = left(tmp_path, {"app/a.txt": Entry(SECRET.decode().encode("utf-16"))})
    assert SECRET in texts["app/a.txt"]


def test_what_stands_between_two_pieces_of_a_layer_is_whole(tmp_path: Path) -> None:
    pad = b"\0" * ((1 << 18) - 512 - len(SECRET) // 2)
    _, texts = left(tmp_path, {"app/server": Entry(pad + SECRET + b"\0" * (1 << 18))})
    assert texts["app/server"] == SECRET


@pytest.mark.parametrize(
    "path", ["usr/share/nginx/html/.env", "usr/lib/app/x.conf", "usr/include/x"]
)
def test_a_text_in_the_system_s_folders_that_nobody_brought_is_left(
    path: str, tmp_path: Path
) -> None:
    _, texts = left(tmp_path, {path: Entry(SECRET)})
    assert texts == {path: SECRET}


@pytest.mark.parametrize(
    "path",
    [
        "app/settings.py",
        "etc/x.conf",
        "usr/lib/os-release",
        "usr/local/go/pkg/tool/x",
        "usr/local/lib/python3.12/lib-dynload/x.so",
        "usr/local/lib/python3.12/site-packages/a/a.so",
        "srv/node_modules/a/a.node",
        "usr/lib/python3/dist-packages/a/tests/x.py",
        "usr/lib/python3/dist-packages/__pycache__/x.pyc",
    ],
)
def test_what_trivy_reads_itself_or_somebody_else_made_is_not(path: str, tmp_path: Path) -> None:
    content = BINARY if path.endswith((".so", ".node", "tool/x", ".pyc")) else SECRET
    assert names(tmp_path, {path: Entry(content)}) == ()


def listing(*paths: str) -> Layer:
    layer = oci_image.dpkg(Deb("a", "1"))
    return layer | oci_image.text(f"{LISTS}/a.list", "".join(f"/{path}\n" for path in paths))


def test_what_a_package_brought_is_the_distribution_s(tmp_path: Path) -> None:
    files = {"usr/share/doc/a/key": Entry(SECRET), "usr/bin/a": Entry(BINARY)}
    assert names(tmp_path, listing(*files) | files) == ()
    assert names(tmp_path, listing() | files) == ("usr/bin/a", "usr/share/doc/a/key")


def test_a_layer_that_writes_over_a_package_s_file_is_not_the_distribution_s(
    tmp_path: Path,
) -> None:
    page = "usr/share/nginx/html/index.html"
    base = listing(page) | {page: Entry(b"Welcome to nginx!")}
    assert left(tmp_path, base, {page: Entry(SECRET)})[1] == {page: SECRET}


def test_what_an_upper_layer_deletes_is_still_in_the_image(tmp_path: Path) -> None:
    lower = {"app/server": Entry(BINARY)}
    assert names(tmp_path, lower, {"app/.wh.server": Entry(b"")}) == ("app/server",)


def test_what_is_too_much_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(glean, "MAX_FILE", len(BINARY))
    rest, _ = left(tmp_path / "one", {"a": Entry(BINARY), "b": Entry(BINARY + b"\0")})
    assert (rest.names, rest.whole) == (("a",), False)
    monkeypatch.setattr(glean, "MAX_ALL", len(BINARY))
    rest, _ = left(tmp_path / "two", {"a": Entry(BINARY), "b": Entry(BINARY)})
    assert (rest.names, rest.whole) == (("a",), False)


def test_a_name_that_is_no_text_is_one_in_the_report(tmp_path: Path) -> None:
    rest, _ = left(tmp_path, {b"app/\xff".decode("utf-8", "surrogateescape"): Entry(BINARY)})
    assert rest.names == ("app/\ufffd",)


def test_text_in_sixteen_bits_is_read_in_a_program_of_linux_too(tmp_path: Path) -> None:
    program = b"\x7fELF\x02\x01\0\0" + SECRET.decode().encode("utf-16le")
    _, texts = left(tmp_path, {"app/Service": Entry(program)})
    assert SECRET in texts["app/Service"]


def test_more_files_than_can_be_looked_at_are_not_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glean, "MAX_FILES", 2)
    rest, texts = left(tmp_path, {f"app/{name}": Entry(BINARY) for name in "abc"})
    assert len(texts) == 2
    assert not rest.whole
