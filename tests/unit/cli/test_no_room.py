"""What is said, and by which code, where even an error cannot be told for want of memory."""

import errno
import os
import sys
from threading import Thread
from types import SimpleNamespace

import pytest

from pipeline.cli import app
from pipeline.cli.terminal import errors
from pipeline.errors import Exit, PenstockError


def crash(error: Exception) -> object:
    def failing(*_: object) -> int:
        raise error

    return failing


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("_x.so: failed to map segment from shared object"),
        ImportError("_x.so: cannot allocate memory in static TLS block"),
    ],
)
def test_a_lack_of_memory_is_no_defect_of_ours(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "_invoke", crash(error))
    assert app.answer(["run"]) == Exit.INCONCLUSIVE
    assert "no more memory\n help: raise its limits" in capfd.readouterr().err


def test_a_library_that_is_broken_is_one(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "_invoke", crash(ImportError("no module named x")))
    assert app.answer(["run"]) == Exit.INCONCLUSIVE
    assert "Penstock itself failed" in capfd.readouterr().err


@pytest.mark.parametrize("first", [MemoryError(), PenstockError("x", hint="y"), ValueError("x")])
@pytest.mark.parametrize(
    "second",
    [MemoryError(), OSError(errno.ENOMEM, "no"), ImportError("x"), SystemError("no exception set")],
)
def test_an_error_that_cannot_be_told_is_never_a_verdict(
    first: Exception,
    second: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Python itself would end with 1, which reads as FAIL, and print a traceback."""
    monkeypatch.setattr(app, "_invoke", crash(first))
    for name in ("show", "show_unforeseen"):
        monkeypatch.setattr(errors, name, crash(second))
    assert app.answer(["run"]) == Exit.INCONCLUSIVE
    said = capfd.readouterr().err
    assert "failed before it could say how" in said
    assert "Traceback" not in said


def test_nor_is_one_that_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _: str) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        def flush(self) -> None:
            return

    monkeypatch.setattr(app, "_invoke", crash(PenstockError("x", hint="y")))
    monkeypatch.setattr(sys, "stderr", Gone())
    assert app.answer(["run"]) == Exit.INCONCLUSIVE


def test_a_thread_that_never_began_ends_what_would_wait_for_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "_exit", sys.exit)
    told = SimpleNamespace(object=vars(Thread)["_bootstrap"])
    with pytest.raises(SystemExit) as ending:
        app.heed(iter([told]).__next__)
    assert ending.value.code == Exit.INCONCLUSIVE
    assert "gives Penstock no more memory" in capfd.readouterr().err


def test_what_else_python_ignores_is_passed_on_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed: list[object] = []
    monkeypatch.setattr(sys, "__unraisablehook__", passed.append)
    others = [SimpleNamespace(object=None), SimpleNamespace(object=int)]
    with pytest.raises(StopIteration):
        app.heed(iter(others).__next__)
    assert passed == others
