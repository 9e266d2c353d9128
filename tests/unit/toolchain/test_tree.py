import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.toolchain import tree

ENTRIES = st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1)


def entries(folder: Path) -> dict[str, str]:
    sight = tree.look(folder)
    with ThreadPoolExecutor(2) as pool:
        return tree.finish(sight, tree.start(folder, sight, pool))


def test_files_are_listed_by_their_sha256_whatever_their_size(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "empty").write_bytes(b"")
    (tmp_path / "a" / "small").write_bytes(b"abc")
    (tmp_path / "large").write_bytes(bytes((1 << 20) + 1))
    assert entries(tmp_path) == {
        "a/empty": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "a/small": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "large": "2cb74edba754a81d121c9db6833704a8e7d417e5b13d1a19f4a52f007d644264",
    }


def test_a_link_is_listed_by_its_target_and_never_followed(tmp_path: Path) -> None:
    folder = tmp_path / "tool"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("x")
    (folder / "out").symlink_to("../outside")
    (folder / "loop").symlink_to("loop")
    assert entries(folder) == {"out": "-> ../outside", "loop": "-> loop"}


def test_a_file_that_became_a_link_after_it_was_listed_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "program").write_bytes(b"abc")
    sight = tree.look(folder)
    (folder / "program").rename(tmp_path / "same")
    (folder / "program").symlink_to(tmp_path / "same")
    with ThreadPoolExecutor(1) as pool, pytest.raises(OSError, match="symbolic links"):
        tree.finish(sight, tree.start(folder, sight, pool))


def test_what_is_neither_file_nor_link_is_listed_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert list(entries(tmp_path)) == ["pipe"]


def test_a_file_that_grew_after_it_was_listed_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    sight = tree.look(tmp_path)
    path.write_bytes(b"abc")
    with ThreadPoolExecutor(1) as pool:
        found = tree.finish(sight, tree.start(tmp_path, sight, pool))
    assert found["file"].startswith("ba7816bf")


@given(ENTRIES, ENTRIES)
def test_two_trees_share_a_digest_only_if_they_are_equal(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert (tree.digest(one) == tree.digest(other)) == (one == other)


@given(ENTRIES)
def test_the_order_of_entries_does_not_matter(one: dict[str, str]) -> None:
    assert tree.digest(one) == tree.digest(dict(reversed(one.items())))
