import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.inventory import names

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
a_path = st.binary(min_size=1, max_size=40).map(os.fsdecode)


def read_back(name: str) -> str:
    return os.fsdecode(_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name.encode()))


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ("app/views.py", "app/views.py"),
        ("a b.py", "a b.py"),
        ("ünïcode.py", "ünïcode.py"),
        ("new\nline.py", "new\\x0aline.py"),
        ("\x1b[31mred", "\\x1b[31mred"),
        (os.fsdecode(b"latin-\xe9.py"), "latin-\\xe9.py"),
        ("right-to-left\u202e.py", "right-to-left\\xe2\\x80\\xae.py"),
        ("back\\slash", "back\\x5cslash"),
    ],
)
def test_what_is_no_printable_text_is_written_byte_by_byte(real: str, shown: str) -> None:
    assert names.shown(real) == shown


@given(a_path)
def test_a_shown_name_is_printable_and_can_be_read_back(real: str) -> None:
    assert names.shown(real).isprintable()
    assert read_back(names.shown(real)) == real


@given(a_path, a_path)
def test_two_files_never_get_one_name(one: str, other: str) -> None:
    assert (names.shown(one) == names.shown(other)) == (one == other)
    assert (names.copied(one) == names.copied(other)) == (one == other)


@pytest.mark.parametrize("folder", ["", "infra/"])
def test_what_says_where_modules_of_terraform_lie_says_it_to_nobody(folder: str) -> None:
    path = f"{folder}.terraform/modules/modules.json"
    assert names.copied(path) == f"{folder}.terraform/modules/\\x6dodules.json"
    for other in (f"{folder}modules/modules.json", f"{folder}a{path.removeprefix(folder)}"):
        assert names.copied(other) == other


@pytest.mark.parametrize("name", sorted(names.STEERING))
def test_a_file_that_would_steer_a_scanner_gets_a_name_that_none_reads(name: str) -> None:
    for path in (name, f"deep/er/{name}"):
        copied = names.copied(path)
        assert copied.rpartition("/")[2] not in names.STEERING
        assert copied.rpartition("/")[0] == path.rpartition("/")[0]
        assert read_back(copied) == path


def test_a_literal_escape_in_a_name_does_not_take_the_place_of_a_steering_file() -> None:
    assert names.copied("\\x2esemgrepignore") != names.copied(".semgrepignore")
