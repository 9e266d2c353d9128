"""A path is the same however it is written, and the short way to it leads nowhere else."""

import posixpath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.imports.text import is_plain, path_of

ODD = st.text(alphabet=st.sampled_from("ab.-_/\\%2fFé: "), max_size=14)


@given(ODD)
def test_a_path_is_what_the_long_way_makes_of_it(uri: str) -> None:
    text = unquote(uri, errors="surrogateescape").encode("utf-8", "backslashreplace").decode()
    path = posixpath.normpath(text.replace("\\", "/") or ".")
    away = text.startswith(("/", "\\")) or ":" in text.partition("/")[0]
    if not away:
        assert path_of(uri) == ("" if path in (".", "..") or path.startswith("../") else path)
    assert not path_of(uri).startswith(("/", "../"))


@given(ODD | st.sampled_from(["file.py", "f", "F/a", "a" * 501, "a/\n", "a\n"]))
def test_a_plain_uri_is_its_own_path_whatever_the_tree_is(uri: str) -> None:
    assert not is_plain(uri) or path_of(uri, ("/srv/shop", "/")) == uri


def test_an_ordinary_path_is_plain_and_one_that_climbs_is_not() -> None:
    assert is_plain("src/app/a-b_c.py")
    assert not any(map(is_plain, ("../a", "a/../b", "./a", "a//b", "a%2fb", "a\\b", "a\n", "c:/a")))


@pytest.mark.parametrize(
    "uri", ["/srv/shop/app/a.py", "file:///srv/shop/app/a.py", "FILE:/srv/shop/./app/a.py"]
)
def test_a_path_below_the_tree_is_one_in_it(uri: str) -> None:
    assert path_of(uri, ("/srv/shop",)) == "app/a.py"
    assert path_of(uri, ("/srv/other",)) == ""
