import io
import os
import tarfile
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.toolchain import release


def archive(path: Path, **members: bytes) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def test_the_program_alone_is_taken_out_and_can_be_started(tmp_path: Path, made: Path) -> None:
    path = tmp_path / "release.tar.gz"
    archive(path, LICENSE=b"text", trivy=b"#!/bin/sh\n")
    release.unpack("trivy", "trivy", path, made)
    assert [one.name for one in made.iterdir()] == ["trivy"]
    assert (made / "trivy").read_bytes() == b"#!/bin/sh\n"
    assert os.access(made / "trivy", os.X_OK)


def test_an_archive_without_the_program_is_an_error(tmp_path: Path, made: Path) -> None:
    path = tmp_path / "release.tar.gz"
    archive(path, other=b"x")
    with pytest.raises(PenstockError, match="holds no trivy"):
        release.unpack("trivy", "trivy", path, made)


def test_a_program_that_is_a_link_out_of_the_archive_is_not_followed(
    tmp_path: Path, made: Path
) -> None:
    path = tmp_path / "release.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("trivy")
        info.type = tarfile.SYMTYPE
        info.linkname = "/bin/sh"
        tar.addfile(info)
    with pytest.raises(PenstockError):
        release.unpack("trivy", "trivy", path, made)
    assert not list(made.iterdir())


@pytest.mark.parametrize("cut", [0, 10, 60])
def test_an_archive_that_is_none_is_an_error(tmp_path: Path, made: Path, cut: int) -> None:
    path = tmp_path / "release.tar.gz"
    archive(path, trivy=os.urandom(100))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(PenstockError, match="trivy"):
        release.unpack("trivy", "trivy", path, made)


def test_a_list_of_checksums_is_read_by_whole_names() -> None:
    listed = b"aa  trivy.tar.gz\nbb *trivy.tar.gz\ncc  trivy.tar.gz.sig\ndd\n\xff\n"
    assert release.listed_digests(listed, "trivy.tar.gz") == {"aa", "bb"}
    assert release.listed_digests(listed, "trivy.tar") == set()
    assert release.listed_digests(b"<html></html>", "trivy.tar.gz") == set()
