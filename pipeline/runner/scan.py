"""Starts what the plan says and reads each stage's answer as soon as its processes have ended."""

import threading
from collections.abc import Mapping
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Completed, Failed, Skipped, StageResult, Usage
from pipeline.plan.model import Plan
from pipeline.plan.prove import fault, with_proven_tools
from pipeline.report.summary import plural
from pipeline.runner.ended import result_of
from pipeline.runner.pulse import Pulse
from pipeline.runner.schedule import Schedule
from pipeline.stages import STAGES
from pipeline.store import timings
from pipeline.toolchain import process
from pipeline.toolchain.command import Command, Report
from pipeline.toolchain.folder import Folder
from pipeline.toolchain.process import Ended
from pipeline.toolchain.quota import free_memory_mb
from pipeline.watch import Watcher

_MEMORY_MB: Final = 4096
"""What is believed to be free where the kernel does not say."""


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the scanners left."""

    results: tuple[StageResult, ...]
    """In the order of the registry."""
    reports: Mapping[str, Report]
    """By label, every report that is one."""
    owners: Mapping[str, str]
    """By label, the first stage that asked for the process."""


def scan(plan: Plan, *, stop: threading.Event, watcher: Watcher) -> Scanned:
    """Run the plan's processes in parallel while their cost fits the machine."""
    commands = plan.commands
    _write_inputs(commands)
    run = _Run(plan, stop, watcher)
    known = plan.settings.keeping.timings
    queue: Schedule[Ended] = Schedule(
        commands,
        cores=plan.settings.jobs,
        memory_mb=free_memory_mb() or _MEMORY_MB,
        seconds=timings.read(known),
    )
    with run.pulse:
        ended = queue.run(run.start, refuse=run.refuse, good=_good)
    took = {name: one.usage.seconds for name, one in ended.items() if _good(one)}
    timings.write(known, {**timings.read(known), **took})
    return Scanned(
        results=run.results(),
        reports={n: e.result for n, e in ended.items() if isinstance(e.result, Report)},
        owners=run.owners,
    )


class _Run:
    """The stages that wait for processes, and the results of those that do not any more."""

    def __init__(self, plan: Plan, stop: threading.Event, watcher: Watcher) -> None:
        self.plan = plan
        self.owners = plan.owners
        self._stop = stop
        self._watcher = watcher
        self._lock = threading.Lock()
        self._ended: dict[str, Ended] = {}
        self._begun: set[str] = set()
        self._results: dict[str, StageResult] = {}
        self.pulse = Pulse(self._says)
        self._private = plan.workspace / "processes"
        self._private.mkdir()

    def start(self, command: Command) -> Ended:
        self._begin(command)
        error = fault(command, self.plan.claims)
        if error is None:
            ended = self._run(command)
        else:
            ended = Ended(result=error, usage=_no_usage(command))
        self._end(command.label, ended)
        return ended

    def _run(self, command: Command) -> Ended:
        self.pulse.begin(command.label, Folder(self._private / command.label).stderr)
        sandbox = self.plan.policy.demands.sandbox
        ended = process.run(command, private=self._private, stop=self._stop, sandbox=sandbox)
        self.pulse.end(command.label)
        return ended

    def refuse(self, command: Command, need: str) -> Ended:
        broken = self._ended[need].result
        reason = broken.reason if isinstance(broken, ToolError) else GapReason.TOOL_FAILED
        said = broken.message if isinstance(broken, ToolError) else "no report"
        error = ToolError(reason, f"it needs the report {need!r}: {said}")
        ended = Ended(result=error, usage=_no_usage(command))
        self._end(command.label, ended)
        return ended

    def results(self) -> tuple[StageResult, ...]:
        for planned in self.plan.stages:
            if planned.stage not in self._results:
                sure = with_proven_tools(planned, self.plan.claims)
                self._results[planned.stage] = result_of(sure, self._ended, ())
        return tuple(self._results[planned.stage] for planned in self.plan.stages)

    def _says(self, label: str, line: str) -> None:
        stage = self.owners[label]
        self._watcher.doing(stage, STAGES[stage].redact_log(line))

    def _begin(self, command: Command) -> None:
        with self._lock:
            fresh = [
                planned.stage
                for planned in self.plan.stages
                if command.label in planned.labels and planned.stage not in self._begun
            ]
            self._begun.update(fresh)
        for stage in fresh:
            self._watcher.started(stage)

    def _end(self, label: str, ended: Ended) -> None:
        """Note how a process ended, and read the stages that waited for it last."""
        with self._lock:
            self._ended[label] = ended
            done = [
                planned
                for planned in self.plan.stages
                if label in planned.labels and planned.labels <= self._ended.keys()
            ]
        for planned in done:
            own = tuple(
                self._ended[name].usage
                for name in sorted(planned.labels)
                if self.owners[name] == planned.stage
            )
            sure = with_proven_tools(planned, self.plan.claims)
            result = result_of(sure, self._ended, own)
            self._results[planned.stage] = result
            seconds = sum(self._ended[name].usage.seconds for name in planned.labels)
            self._watcher.ended(planned.stage, _summary(result), seconds)


def _good(ended: Ended) -> bool:
    return isinstance(ended.result, Report)


def _write_inputs(commands: Mapping[str, Command]) -> None:
    """Write what the processes will read, before any of them starts. Raises PenstockError."""
    for command in commands.values():
        for path, data in command.inputs:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except OSError as exc:
                raise PenstockError(
                    f"cannot write {path}: {exc.strerror}",
                    hint="free some space, or set TMPDIR to a folder that has more",
                ) from exc


def _no_usage(command: Command) -> Usage:
    return Usage(
        seconds=0.0,
        cpu_seconds=0.0,
        max_rss_mb=0.0,
        exit_code=None,
        command=command.argv,
        stderr_tail="",
    )


def _summary(result: StageResult) -> str:
    outcome = result.evidence.outcome
    match outcome:
        case Completed():
            gaps = f", {plural(len(outcome.gaps), 'gap')}" if outcome.gaps else ""
            return f"{plural(len(result.findings), 'finding')}{gaps}"
        case Failed():
            return f"failed: {outcome.reason.value}"
        case Skipped():
            return "skipped"
