"""Programs by how they begin, and those of Go that no package of the system brought."""

import struct

import pytest

from examples.support import oci_image
from examples.support.oci_image import Entry
from pipeline.oci import programs
from tests.unit.oci.test_system import APT, BASE, system


def note(order: str = "<", name: bytes = b"Go\0\0", at: int = 0xF78) -> bytes:
    """Return how a program begins whose note of its build lies there."""
    head = struct.pack(f"{order}III", 4, 83, 4)
    return (programs.PROGRAM.ljust(at, b"\0") + head + name + b"a" * 83).ljust(1 << 15, b"\0")


@pytest.mark.parametrize(
    ("head", "of_go"),
    [
        (note(), True),
        (note(">"), True),
        (note(at=0x270), True),
        (note(name=b"GNU\0"), False),
        (note()[1:], False),
        (b"", False),
    ],
)
def test_what_go_built_has_a_note_of_it(head: bytes, *, of_go: bool) -> None:
    assert programs.is_of_go(head) is of_go


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("app/server", True),
        ("usr/local/bin/server", True),
        ("usr/share/app/server", True),
        ("usr/bin/server", False),
        ("usr/local/go/src/debug/testdata/a", False),
    ],
)
def test_it_is_told_where_no_list_of_files_is_due(path: str, *, told: bool) -> None:
    layer = BASE | {path: Entry(note())}
    assert system(layer).of_go == ((path,) if told else ())
    assert system(layer | oci_image.text(APT, f"/{path}\n")).of_go == ()
    assert system(BASE | {path: Entry(note(name=b"GNU\0"))}).of_go == ()
