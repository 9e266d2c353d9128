"""What a stage looks at counts for what it has rules for, and not for being any text."""

import io
import tarfile
from typing import Literal

import pytest

from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory, Origin, SourceFile
from pipeline.model.outcome import Scope
from pipeline.runner.change import holds_files, looked_at


def inventory(**languages: str | None) -> Inventory:
    files = tuple(
        SourceFile(path=path, size=1, language=language, binary=False, sha256="0")
        for path, language in sorted(languages.items())
    )
    empty: tuple[()] = ()
    return Inventory(
        root="/", origin=Origin.GIT, commit=None, tree=None, dirty=None, files=files,
        unread=empty, excluded=empty, suppressions=empty, manifests=empty, pins=empty,
        workflows=empty, iac=empty, remote_modules=empty, images=empty, digest="",
    )  # fmt: skip


HELD = inventory(a="python", b="ruby", c="markdown", d=None)
ASKED = Scope(
    asked=("a", "b", "c", "d"),
    gaps=(Gap(stage="semgrep", target="b", reason=GapReason.NO_RULES),),
)


def test_a_rule_for_any_text_does_not_look_at_code() -> None:
    assert looked_at("semgrep", ASKED, HELD) == {"a"}


def test_another_stage_looks_at_all_that_it_asks_for_and_has_rules_for() -> None:
    assert looked_at("secrets", ASKED, HELD) == {"a", "c", "d"}


def packed(mode: Literal["w", "w:gz", "w:bz2", "w:xz"]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        archive.addfile(tarfile.TarInfo("a.py"))
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_an_archive_is_known_by_its_bytes_under_any_name(
    mode: Literal["w", "w:gz", "w:bz2", "w:xz"],
) -> None:
    assert holds_files("logo.png", packed(mode)[:512])


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"Rar!\x1a\x07"]
)
def test_so_are_those_that_python_does_not_write(head: bytes) -> None:
    assert holds_files("logo.png", head)


@pytest.mark.parametrize("name", ["a.zip", "LIB.JAR", "x.whl", "dist/a.tar", "m.pyc", "n.so"])
def test_an_archive_is_known_by_its_name_whatever_is_in_it(name: str) -> None:
    assert holds_files(name, b"")


def test_a_picture_holds_no_files() -> None:
    assert not holds_files("logo.png", b"\x89PNG\r\n\x1a\n".ljust(512, b"\0"))
