"""The key that somebody names: what is said where it is not there."""

from pathlib import Path

import pytest

from pipeline.cli.exception.keys import fingerprint
from pipeline.errors import UsageError


def test_a_private_key_without_its_public_half_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("private")
    with pytest.raises(UsageError) as told:
        fingerprint(tmp_path / "id")
    assert "ssh-keygen -y" in (told.value.hint or "")


@pytest.mark.parametrize("name", ["id", "id.pub"])
def test_no_command_is_advised_for_a_key_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as told:
        fingerprint(tmp_path / name)
    assert "ssh-keygen" not in (told.value.hint or "")
