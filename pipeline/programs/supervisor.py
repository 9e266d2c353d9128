"""Holds one tool and all that it starts, and leaves nothing of it behind.

Started by `pipeline.toolchain.process` with `python -I -S`, the words of `Job`, the tool's own
environment, standard input as the lifeline and standard output for the status. A byte on the
lifeline asks it to stop; the end of file means that Penstock is dead.

It forks a guard, which enters the namespaces that the kernel allows; the guard forks a keeper
(process 1 where there is a PID namespace); the keeper forks the tool and waits for it. Each dies
with its parent. What escapes by forking twice or by a new session is handed to the supervisor,
which is the subreaper.

No `signal`, `socket`, `pathlib` or `json` here: each takes longer to import than all the rest.
"""

import os
import resource
import select
import time

from pipeline.programs import sandbox, tree
from pipeline.programs.job import Job
from pipeline.programs.watch import Appetite, Pulse

_IGNORED = (1, 2, 15)
"""Hang-up, interrupt and termination are for Penstock, which then speaks on the lifeline."""
_RESTORED = (*_IGNORED, 13, 25)
"""The same for the tool, and what Python ignores: a broken pipe and a file over its limit."""
_TICK_MS = 50


def become(job: Job, level: str, failure: int) -> None:
    """Turn into the tool; on failure write which step and errno."""
    step = "setup"
    try:
        os.setpgid(0, 0)
        sandbox.restore(*_RESTORED)
        os.umask(0o077)
        most_cpu = int(job.timeout * (os.cpu_count() or 1)) + 60
        sandbox.restrict(max(job.max_report, job.max_noise) + 1, job.max_memory, most_cpu)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(job.out, 1)
        os.dup2(job.err, 2)
        step = "cwd"
        os.chdir(job.cwd)
        step = "setup"
        sandbox.confine(level, job.walls)
        step = "program"
        os.execv(job.argv[0], job.argv)  # noqa: S606 -- no shell is wanted
    except OSError as exc:
        os.write(failure, f"{step} {exc.errno}".encode())
    os._exit(127)


def keep(job: Job, flags: int, level: str, reply: int, parent: int) -> None:
    """Be the first process inside: finish the namespaces, start the tool, report its end."""
    sandbox.die_with(parent)
    sandbox.expendable()
    try:
        sandbox.settle(flags, job.walls)
    except OSError as exc:
        os.write(reply, f"-settle {exc.errno}".encode())
        return
    os.write(reply, b"+")
    heard, failure = os.pipe()
    me = os.getpid()
    if (tool := os.fork()) == 0:
        sandbox.die_with(me)
        become(job, level, failure)
    os.close(failure)
    failed = os.read(heard, 64)
    while True:
        pid, status = os.wait()
        if pid == tool:
            os.write(reply, failed or str(status).encode())
            return


def guard(job: Job, flags: int, level: str, reply: int, parent: int) -> None:
    """Enter the namespaces, then stand between supervisor and keeper until the keeper ends."""
    for number in (0, 1):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    # Its own session, so that however many processes it has get no more time than the supervisor.
    os.setsid()
    sandbox.enter(flags)
    sandbox.die_with(parent)
    me = os.getpid()
    if (keeper := os.fork()) == 0:
        keep(job, flags, level, reply, me)
        os._exit(0)
    os.close(reply)
    os.waitpid(keeper, 0)


def launch(job: Job, refused: list[str]) -> tuple[int | None, str]:
    """Start the tool as strictly as the kernel allows; return its keeper's pipe and the level.

    None instead of the pipe where the lifeline spoke before the tool was there, and no level where
    none that would do is to be had. What the kernel refused is added to `refused`.
    """
    for flags, label in job.walls.levels():
        heard, reply = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                guard(job, flags, label, reply, parent)
            except OSError as exc:
                os.write(reply, f"-enter {exc.errno}".encode())
            os._exit(0)
        os.close(reply)
        if lifeline_first(heard):
            # A kernel that is busy may take long over a namespace: nobody waits for it in vain.
            os.kill(child, 9)
            os.waitpid(child, 0)
            return None, label
        if os.read(heard, 1) == b"+":
            return heard, label
        refused.append(os.read(heard, 64).decode() or "died")
        os.waitpid(child, 0)
        os.close(heard)
    return None, ""


def lifeline_first(heard: int) -> bool:
    """Wait for the keeper or the lifeline; tell whether only the lifeline spoke. Reads nothing."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(heard, select.POLLIN)
    ready = dict(poll.poll())
    return heard not in ready


def told() -> str:
    """Read what the lifeline says: a byte means stop, its end that Penstock is dead."""
    return "stopped" if os.read(0, 1) else "orphaned"


def watch(job: Job, heard: int) -> str:
    """Wait until the tool has ended or must be ended; return which."""
    pulse = Pulse(job.idle)
    appetite = Appetite(job.max_memory, job.max_disk, job.writes)
    deadline = time.monotonic() + job.timeout
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(heard, select.POLLIN)
    while True:
        ready = dict(poll.poll(_TICK_MS))
        sizes = job.sizes()
        tree.reap()
        if job.flooded(sizes):
            return "flooded"
        if heard in ready:
            return "exited"
        if 0 in ready:
            return told()
        if time.monotonic() > deadline:
            return "timeout"
        if excess := appetite.excess():
            return excess
        if pulse.stopped(sizes):
            return "idle"


def ending(job: Job, heard: int | None, level: str) -> str:
    """Wait for the end of a tool; say why there is none where it was not started."""
    if heard is not None:
        return watch(job, heard)
    return told() if level else "unwalled"


def main(words: list[str]) -> None:
    """Run the job and write its status as one JSON object."""
    job = Job(words)
    sandbox.ignore(*_IGNORED)
    sandbox.adopt_orphans()
    refused: list[str] = []
    heard, level = launch(job, refused)
    ended = ending(job, heard, level)
    said = os.read(heard, 64).decode() if heard is not None and ended == "exited" else ""
    clean = tree.end_all(ended, job.grace)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    quoted = f'"{level}"' if level else "null"
    status = (
        f'{{"ended": "{ended}", "said": "{said}", "cpu_seconds": {cpu:.3f}, '
        f'"max_rss_kb": {used.ru_maxrss}, "clean": {str(clean).lower()}, '
        f'"sandbox": {quoted}, "refused": "{", ".join(refused)}"}}'
    )
    os.write(1, status.encode())
