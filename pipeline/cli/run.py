"""`penstock run`: scan, judge, and leave the evidence."""

import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from pipeline.cli import options
from pipeline.errors import Exit

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    target: options.Target = Path(),
    *,
    env: options.Environment = None,
    base: options.Base = None,
    base_ref: options.BaseRef = None,
    image: options.Images = None,
    platform: options.Platform = None,
    site: options.Site = None,
    policy: options.PolicyFolder = None,
    out: options.Out = None,
    only: options.Only = None,
    skip: options.Skip = None,
    as_of: options.AsOf = None,
    allow_past: options.AllowPast = False,
    format: options.Formats = None,  # noqa: A002 -- the option's name
    progress: options.Progress = "auto",
    jobs: options.Jobs = None,
    offline: options.Offline = False,
    store: options.Store = None,
    baseline: options.Baseline = None,
    remember: options.Record = False,
) -> None:
    """Scan TARGET and its images, judge what was found by the policy, and keep the evidence.

    Exit codes: 0 PASS or WARN, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 130 interrupted.
    """
    from pipeline.bundle.place import check
    from pipeline.cli import request
    from pipeline.cli.app import now
    from pipeline.cli.terminal import output
    from pipeline.cli.terminal import progress as watching
    from pipeline.config.settings import Flags
    from pipeline.runner.run import run as execute
    from pipeline.toolchain.scratch import held

    # What goes on while a machine sleeps, where there is such a clock: time passes all the same.
    passing = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    begun, began = time.clock_gettime(passing), now()
    environment = options.surroundings()
    output.quiet_stdout()
    wanted = output.read_formats(format)
    watcher = watching.choose(progress, environment)
    flags = Flags(
        target=target,
        env=env,
        base=base,
        base_ref=base_ref,
        images=tuple(image or ()),
        platform=platform,
        site=site,
        policy=policy,
        out=out,
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        as_of=as_of,
        allow_past=allow_past,
        jobs=jobs,
        offline=offline,
        store=store,
        baseline=baseline,
        record=remember,
    )
    asked = request.read(flags, environment=environment, now=began)
    asked.policy.refuse_unusable(asked.settings.environment)
    check(asked.settings.out)
    stop = threading.Event()

    def shown() -> float:
        return (now() - began).total_seconds()

    with (
        _stopping(stop),
        held(Path(tempfile.gettempdir()), "penstock-run-") as private,
        watcher,
    ):
        record = execute(
            asked,
            workspace=private.resolve(),
            stop=stop,
            watcher=watcher,
            elapsed=lambda: time.clock_gettime(passing) - begun,
            shown=shown,
        )
    output.write(output.as_typed(record), wanted, environment)
    output.note(record.notes)
    if asked.settings.base is not None:
        from pipeline.cli.workflow import weakening

        weakening.tell(asked, environment)
    raise typer.Exit(int(Exit.INTERRUPTED if record.interrupted else record.verdict.exit_code))


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl-C (or TERM) end the children and write what there is; the second kills.

    The children die with us: their supervisors see to that.
    """

    def stopped(number: int, _frame: object) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    before = {number: signal.signal(number, stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
