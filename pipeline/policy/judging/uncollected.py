"""Judging without the collector of reference cycles, which would look at every finding again."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")


def uncollected(function: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
    """Run a function with Python's collector off, and leave the collector as it was.

    For what makes no cycles and much of everything else: a fifth of a judgement of a million
    findings went into looking for cycles among them.
    """

    @wraps(function)
    def without(*args: _Asked.args, **named: _Asked.kwargs) -> _Answer:
        collecting = gc.isenabled()
        gc.disable()
        try:
            return function(*args, **named)
        finally:
            if collecting:
                gc.enable()

    return without
