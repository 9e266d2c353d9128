from pathlib import Path

import msgspec
import pytest

from pipeline.cli import request
from pipeline.config.settings import Flags
from pipeline.plan.make import Asked
from tests.support.judging import NOW


def asked(target: Path, **environment: str) -> Asked:
    return request.read(Flags(target=target), environment=environment, now=NOW)


def test_a_key_may_be_any_bytes(tmp_path: Path) -> None:
    assert asked(tmp_path, PENSTOCK_HMAC_KEY="\udcff\udcfe").hmac_key == b"\xff\xfe"
    assert asked(tmp_path, PENSTOCK_HMAC_KEY="").hmac_key is None
    assert asked(tmp_path).hmac_key is None


@pytest.mark.parametrize("name", ["\udcff", "main\udcff"])
def test_a_branch_that_is_no_utf_8_can_be_written_down_and_is_not_protected(
    tmp_path: Path, name: str
) -> None:
    ref = asked(tmp_path, PENSTOCK_BASE_REF=name).settings.base_ref
    assert ref not in (None, "main")
    assert b"\\\\xff" in msgspec.json.encode(ref)
