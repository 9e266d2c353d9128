"""Counting the keys of a bbolt file."""

import contextlib
from pathlib import Path

import pytest

from pipeline.feeds import trivy_bolt
from tests.support.artefacts import bolt


@pytest.mark.parametrize("keys", [0, 1, 30])
def test_keys_of_a_small_bucket_are_counted(tmp_path: Path, keys: int) -> None:
    (tmp_path / "db").write_bytes(bolt(keys))
    assert trivy_bolt.count(tmp_path / "db", b"vulnerability") == keys


def test_a_bucket_that_is_not_there_has_none(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(bolt())
    assert trivy_bolt.count(tmp_path / "db", b"advisory") == 0


@pytest.mark.parametrize("cut", [0, 10, 100, 4096, 8192, 12300])
def test_a_file_that_ends_too_early_is_an_error(tmp_path: Path, cut: int) -> None:
    (tmp_path / "db").write_bytes(bolt()[:cut])
    with pytest.raises(ValueError, match=r"pages|bbolt|empty"):
        trivy_bolt.count(tmp_path / "db", b"vulnerability")


@pytest.mark.parametrize("byte", range(0, 64, 4))
def test_damage_to_a_page_head_never_hangs(tmp_path: Path, byte: int) -> None:
    data = bytearray(bolt())
    data[3 * 4096 + byte] ^= 0xFF
    (tmp_path / "db").write_bytes(data)
    with contextlib.suppress(ValueError):
        assert trivy_bolt.count(tmp_path / "db", b"vulnerability") >= 0
