"""The command `penstock`: finds the command asked for, and turns every ending into an exit code."""

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NoReturn

from pipeline.errors import Exit, Interrupted, PenstockError

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "run": ("pipeline.cli.run", "Scan, judge, and leave the evidence."),
    "plan": ("pipeline.cli.plan", "Show what a run would do, and where each setting came from."),
    "gate": ("pipeline.cli.gate", "Judge an evidence bundle again, without scanning."),
    "import": ("pipeline.cli.importing", "Judge reports that other programs made."),
    "explain": (
        "pipeline.cli.explain.command",
        "Say why a finding, or the whole verdict, is what it is.",
    ),
    "policy": ("pipeline.cli.policy.command", "Start, check, test and show a policy."),
    "exception": (
        "pipeline.cli.exception.command",
        "Draft, list, approve, renew and prune exceptions.",
    ),
    "roles": ("pipeline.cli.roles", "Show who may do what in the policy, and by which keys."),
    "attest": ("pipeline.cli.release.attest", "Say what a judged bundle proves of an image."),
    "sign": ("pipeline.cli.release.sign", "Sign a judged image, and attach what was judged."),
    "verify": ("pipeline.cli.release.verify", "Ask whether a digest was judged good, and by whom."),
    "promote": ("pipeline.cli.release.promote", "Copy an image on, only with its proof."),
    "audit": ("pipeline.cli.audit", "Hand an auditor what the stored evidence proves."),
    "tools": ("pipeline.cli.tools", "Install, list and verify the scanners."),
    "feeds": ("pipeline.cli.feeds", "Sync advisory snapshots, and show their age."),
    "doctor": ("pipeline.cli.doctor.command", "Check what this machine can do."),
    "schema": ("pipeline.cli.schema", "Print the JSON Schema of a file."),
}
"""By name: the module that holds the command, and its line in --help."""

_LAST_WORDS: Final = (
    b"error: Penstock failed before it could say how: "
    b"likely this machine gives Penstock no more memory, or files to open\n"
    b" help: raise its limits (ulimit -a, or those of the container), or run less beside it\n"
)


_SELDOM: Final = 1_000_000
"""So many things may come to be, beside those that have gone, between two looks for garbage."""


def now() -> datetime:
    """Read the clock, to the second. Everything below is handed the instant."""
    return datetime.now(UTC).replace(microsecond=0)


def main() -> None:
    """Run the command line. The only place where Penstock exits."""
    try:
        told = _prepare()
    except Exception:  # noqa: BLE001 -- a lack of memory, most likely, and nothing that is a verdict
        sys.exit(_without_words())
    sys.exit(answer(sys.argv[1:]) if told else _unheard())


def _prepare() -> bool:
    import os

    from pipeline.cli.authority import share
    from pipeline.cli.terminal import descriptors

    told = descriptors.take()

    # Looking for garbage among all the modules that are loaded takes up to a sixth of the time.
    gc.set_threshold(_SELDOM)
    share(os.environ)
    _watch_threads()
    return told


def _unheard() -> int:
    from pipeline.cli.terminal.errors import show
    from pipeline.errors import UsageError

    show(
        UsageError(
            "standard output is closed: nothing was done", hint="send it somewhere: >/dev/null"
        )
    )
    return int(Exit.USAGE)


def _watch_threads() -> None:
    """Hear of a thread that had no room to begin: who starts it waits for it, and would for ever.

    Where there is no room for a frame of Python either, only what is written in C can say so. And
    the thread that hears is not waited for, nor missed: it may have had no room itself.
    """
    from _thread import start_new_thread
    from queue import SimpleQueue

    told: SimpleQueue[sys.UnraisableHookArgs] = SimpleQueue()
    sys.unraisablehook = told.put
    try:
        start_new_thread(heed, (told.get,))
    except RuntimeError:
        sys.unraisablehook = sys.__unraisablehook__


def heed(hear: Callable[[], "sys.UnraisableHookArgs"]) -> NoReturn:
    """Pass on what Python ignores, and end at the first thread that never began."""
    import os

    while True:
        told = hear()
        if getattr(told.object, "__name__", "") == "_bootstrap":
            os._exit(_without_words())
        sys.__unraisablehook__(told)


def answer(arguments: Sequence[str]) -> int:
    """Return the exit code for a command line, having said on stderr what went wrong."""
    try:
        return _answer(arguments)
    except Exception:  # noqa: BLE001 -- what says it better could not be loaded, or has no reader
        return _without_words()


def _answer(arguments: Sequence[str]) -> int:
    try:
        return _flushed(_invoke(arguments))
    except (KeyboardInterrupt, Interrupted):
        apart = "\n" if sys.stderr.isatty() else ""  # of the ^C that a terminal shows
        print(f"{apart}penstock: interrupted", file=sys.stderr)  # noqa: T201 -- nothing else is left
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        return _reader_gone()
    except PenstockError as error:
        from pipeline.cli.terminal.errors import show

        show(error)
        return int(error.exit)
    except Exception as error:  # noqa: BLE001 -- a crash of ours must never read as a verdict
        from pipeline.cli.terminal.errors import show_unforeseen

        show_unforeseen(error)
        return int(Exit.INCONCLUSIVE)
    finally:
        _leave_nothing_behind()


def _without_words() -> int:
    """End with what is loaded already: Python would end with a traceback and 1, as FAIL does."""
    import os

    with suppress(OSError):
        os.write(2, _LAST_WORDS)
    return int(Exit.INCONCLUSIVE)


def _invoke(arguments: Sequence[str]) -> int:
    if list(arguments) in (["--version"], ["-V"]):
        from pipeline import __version__

        print(f"penstock {__version__}")  # noqa: T201 -- the product of this command
        return int(Exit.OK)
    from typer._click.exceptions import ClickException, NoArgsIsHelpError

    from pipeline.cli.empty import refuse_empty
    from pipeline.cli.group import command

    refuse_empty(arguments)

    try:
        code = command(COMMANDS).main(
            args=list(arguments), prog_name="penstock", standalone_mode=False
        )
    except NoArgsIsHelpError as error:
        error.show()
        return int(Exit.USAGE)
    except ClickException as error:
        from pipeline.cli.misused import told

        raise told(error) from error
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):
            raise ending.__context__ from None  # typer makes it a 1, which would read as FAIL
        raise
    return code if isinstance(code, int) else int(Exit.OK)


def _flushed(code: int) -> int:
    """Let the last of the output reach its reader here, not after the exit code is settled."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as exc:
        _drop_output()
        raise PenstockError(
            f"cannot write to standard output: {exc.strerror}", hint="make room where it goes"
        ) from exc
    return code


def _leave_nothing_behind() -> None:
    """Drop what cannot be written: Python would try again at its end, and change the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()


def _reader_gone() -> int:
    """Say nothing more to a pipe that nobody reads. What was printed is no proof of a verdict."""
    _drop_output()
    return int(Exit.INCONCLUSIVE)


def _drop_output() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
