"""Whatever happens in it, a judgement leaves Python's collector as it was."""

import gc

import pytest

from pipeline.policy.judging.uncollected import uncollected


@uncollected
def _collects(*, fails: bool) -> bool:
    if fails:
        raise ValueError("asked to")
    return gc.isenabled()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_the_collector_is_left_as_it_was(*, before: bool, fails: bool) -> None:
    was = gc.isenabled()
    (gc.enable if before else gc.disable)()
    try:
        if fails:
            with pytest.raises(ValueError, match="asked to"):
                _collects(fails=True)
        else:
            assert not _collects(fails=False)
        assert gc.isenabled() is before
    finally:
        (gc.enable if was else gc.disable)()
