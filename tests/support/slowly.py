"""Cases of one kind of which `make test` tries some, and `make test-all` every one."""

from collections.abc import Iterable

import pytest


def quick(cases: Iterable[object], first: int = 1) -> list[object]:
    """Mark all but the first cases slow: each starts a whole run, and they differ in little."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=() if number < first else (pytest.mark.slow,),
        )
        for number, case in enumerate(cases)
    ]
