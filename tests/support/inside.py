"""Runs `penstock` in the process of the test: quick enough for tables, and its waits can be cut."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partialmethod
from pathlib import Path
from typing import Final
from unittest.mock import patch

from pipeline.cli.app import answer
from pipeline.signing import by_key, keyless
from pipeline.signing.patience import Patience
from pipeline.toolchain.http import Http
from tests.support.command import Ran

_KEPT: Final = ("PATH", "HOME", "PENSTOCK_TOOLS", "XDG_CACHE_HOME", "TMPDIR")


def inside(*arguments: str | Path, extra: Mapping[str, str] | None = None) -> Ran:
    """Run a command line here, without CI and without anything that this process was told."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, {**kept, **(extra or {})}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = answer([str(one) for one in arguments])
    assert "Penstock itself failed" not in err.getvalue(), err.getvalue()
    return Ran(code, out.getvalue(), err.getvalue())


@contextmanager
def hurried(*, whole: float = 60.0, read: float = 30.0, pause: float = 0.02) -> Iterator[None]:
    """Let every service be waited for as in a command, but with hardly a pause between tries.

    `whole` and `read` are short only where a service stays away or hangs, and never around what
    must succeed: a busy machine answers late too. A `pause` that is longer than the `whole` ends
    it after the first try, however long that takes.
    """
    patience = Patience(
        whole=whole, connect=read, read=read, pause=pause, longest=max(0.1, 2 * pause)
    )
    quick = partialmethod(Http.__init__, timeout=patience.read, sleep=lambda _: None)
    with (
        patch.object(Http, "__init__", quick),
        patch.object(keyless, "Patience", lambda: patience),
        patch.object(by_key, "Patience", lambda: patience),
    ):
        yield
