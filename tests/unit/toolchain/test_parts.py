"""What is gone on with of a body that broke off, and what is fetched anew."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain.answers import NetworkError
from pipeline.toolchain.parts import ChangedError, Part, note_of

URL: Final = "https://feeds.example/a"
HEAD: Final = {"etag": '"one"'}


def breaks_off(*pieces: bytes) -> Iterator[bytes]:
    yield from pieces
    raise ConnectionResetError


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A file of which five bytes came before the connection broke."""
    path = tmp_path / "body"
    part = Part(path, URL)
    assert part.asking() == {}
    part.answered(200, HEAD, URL)
    with pytest.raises(ConnectionResetError):
        part.receive(breaks_off(b"abc", b"de"))
    return path


def test_what_is_certain_is_gone_on_with_where_the_server_still_has_it(begun: Path) -> None:
    part = Part(begun, URL)
    assert part.asking() == {"Range": "bytes=5-", "If-Range": '"one"'}
    part.answered(206, {**HEAD, "content-range": "bytes 5-7/8"}, URL)
    saved = part.receive([b"fgh"])
    assert begun.read_bytes() == b"abcdefgh"
    assert saved.sha256 == f"sha256:{hashlib.sha256(b'abcdefgh').hexdigest()}"
    assert saved.size == 8
    assert not note_of(begun).exists()


@pytest.mark.parametrize("there", [b"abcdX", b"abc", b"", None])
def test_what_is_not_what_was_noted_is_begun_anew(begun: Path, there: bytes | None) -> None:
    begun.unlink()
    if there is not None:
        begun.write_bytes(there)
    assert Part(begun, URL).asking() == {}


def test_more_than_is_certain_is_cut_off(begun: Path) -> None:
    begun.write_bytes(b"abcde and more")
    part = Part(begun, URL)
    part.answered(206, {**HEAD, "content-range": "bytes 5-5/6"}, URL)
    part.receive([b"f"])
    assert begun.read_bytes() == b"abcdef"


def test_what_is_of_another_source_is_begun_anew(begun: Path) -> None:
    assert Part(begun, "https://feeds.example/b").asking() == {}
    assert Part(begun, "").asking() == {}


@pytest.mark.parametrize("note", [b"", b"{}", b"[" * 5000, b"\xff"])
def test_a_note_that_is_none_is_no_reason_to_stop(begun: Path, note: bytes) -> None:
    note_of(begun).write_bytes(note)
    assert Part(begun, URL).asking() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {**HEAD, "content-range": "bytes 4-7/8"},
        {**HEAD, "content-range": "all"},
        HEAD,
        {"etag": '"two"', "content-range": "bytes 5-7/8"},
    ],
    ids=str,
)
def test_the_rest_of_something_else_is_refused_and_all_of_it_forgotten(
    begun: Path, headers: dict[str, str]
) -> None:
    with pytest.raises(ChangedError):
        Part(begun, URL).answered(206, headers, URL)
    assert not begun.exists()
    assert not note_of(begun).exists()


def test_a_rest_that_is_too_short_is_not_the_whole(begun: Path) -> None:
    part = Part(begun, URL)
    part.answered(206, {**HEAD, "content-range": "bytes 5-7/8"}, URL)
    with pytest.raises(ChangedError, match="sent 7 bytes of 8"):
        part.receive([b"fg"])


@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ({"repr-digest": "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"}, True),
        ({"repr-digest": "sha-256=:AAAAv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"}, False),
        ({"x-goog-hash": "crc32c=AAAAAA==, md5=kAFQmDzST7DWlj99KOF/cg=="}, True),
        ({"x-goog-hash": "md5=AAAAmDzST7DWlj99KOF/cg=="}, False),
        ({"repr-digest": "sha-512=:x:", "x-goog-hash": "crc32c=AAAAAA=="}, True),
    ],
    ids=str,
)
def test_a_body_is_held_against_what_its_server_says_of_it(
    tmp_path: Path, headers: dict[str, str], *, fits: bool
) -> None:
    part = Part(tmp_path / "body", "")
    part.answered(200, headers, URL)
    if fits:
        assert part.receive([b"abc"]).size == 3
        return
    with pytest.raises(NetworkError, match="and its server says"):
        part.receive([b"abc"])
