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

_IGNORED = (1, 2, 15)
"""Hang-up, interrupt and termination are for Penstock, which then speaks on the lifeline."""
_RESTORED = (*_IGNORED, 13, 25)
"""The same for the tool, and what Python ignores: a broken pipe and a file over its limit."""
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
_TICK_MS = 50
_IDLE_SHARE = 0.005
"""Less than this share of one core is no CPU use: some tools poll while they hang."""


class Job:
    """What the command line says."""

    def __init__(self, words: list[str]) -> None:
        network, timeout, idle, grace, max_report, max_noise, *rest = words
        self.network = network == "network"
        self.timeout, self.idle, self.grace = float(timeout), float(idle), float(grace)
        self.max_report, self.max_noise = int(max_report), int(max_noise)
        stdout, stderr, self.report, self.cwd, *self.argv = rest
        self.out = os.open(stdout, _FRESH, 0o600)
        self.err = os.open(stderr, _FRESH, 0o600)

    def sizes(self) -> tuple[int, int, int]:
        """Return how much was written to standard output, standard error and the report."""
        report = 0
        if self.report:
            try:
                report = os.lstat(self.report).st_size
            except OSError:
                report = 0
        return os.fstat(self.out).st_size, os.fstat(self.err).st_size, report

    def flooded(self, sizes: tuple[int, int, int]) -> bool:
        """Tell whether one of them is over its cap."""
        out, err, report = sizes
        max_out = self.max_noise if self.report else self.max_report
        return out > max_out or err > self.max_noise or report > self.max_report


class Pulse:
    """Notices a tool that neither writes nor computes."""

    def __init__(self, idle: float) -> None:
        self.idle = idle
        self.period = min(max(idle / 8, 0.1), 30.0)
        self.sizes = (0, 0, 0)
        self.cpu = 0.0
        self.alive = self.sampled = time.monotonic()

    def stopped(self, sizes: tuple[int, int, int]) -> bool:
        """Tell whether nothing moved for too long."""
        now = time.monotonic()
        if sizes != self.sizes:
            self.sizes, self.alive = sizes, now
        if now - self.sampled >= self.period:
            cpu = tree.cpu_seconds()
            if cpu - self.cpu > _IDLE_SHARE * (now - self.sampled):
                self.alive = now
            self.cpu, self.sampled = cpu, now
        return now - self.alive > self.idle


def become(job: Job, failure: int) -> None:
    """Turn into the tool; on failure write which step and errno."""
    step = "setup"
    try:
        os.setpgid(0, 0)
        sandbox.restore(*_RESTORED)
        os.umask(0o077)
        sandbox.restrict(max(job.max_report, job.max_noise) + 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(job.out, 1)
        os.dup2(job.err, 2)
        step = "cwd"
        os.chdir(job.cwd)
        step = "program"
        os.execv(job.argv[0], job.argv)  # noqa: S606 -- no shell is wanted
    except OSError as exc:
        os.write(failure, f"{step} {exc.errno}".encode())
    os._exit(127)


def keep(job: Job, flags: int, reply: int, parent: int) -> None:
    """Be the first process inside: finish the namespaces, start the tool, report its end."""
    sandbox.die_with(parent)
    sandbox.settle(flags)
    os.write(reply, b"+")
    heard, failure = os.pipe()
    me = os.getpid()
    if (tool := os.fork()) == 0:
        sandbox.die_with(me)
        become(job, failure)
    os.close(failure)
    failed = os.read(heard, 64)
    while True:
        pid, status = os.wait()
        if pid == tool:
            os.write(reply, failed or str(status).encode())
            return


def guard(job: Job, flags: int, reply: int, parent: int) -> None:
    """Enter the namespaces, then stand between supervisor and keeper until the keeper ends."""
    for number in (0, 1):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    sandbox.enter(flags)
    sandbox.die_with(parent)
    me = os.getpid()
    if (keeper := os.fork()) == 0:
        keep(job, flags, reply, me)
        os._exit(0)
    os.close(reply)
    os.waitpid(keeper, 0)


def launch(job: Job) -> tuple[int | None, str]:
    """Start the tool as strictly as the kernel allows; return its keeper's pipe and the level.

    None instead of the pipe where the lifeline spoke before the tool was there.
    """
    levels = () if job.network else sandbox.LEVELS
    for flags, label in (*levels, (0, "none")):
        heard, reply = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                guard(job, flags, reply, parent)
            except OSError:
                os._exit(1)
            os._exit(0)
        os.close(reply)
        if lifeline_first(heard):
            # A kernel that is busy may take long over a namespace: nobody waits for it in vain.
            os.kill(child, 9)
            os.waitpid(child, 0)
            return None, label
        if os.read(heard, 1) == b"+":
            return heard, label
        os.waitpid(child, 0)
        os.close(heard)
    raise OSError(0, "the tool could not be started at any level")


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
        if pulse.stopped(sizes):
            return "idle"


def main(words: list[str]) -> None:
    """Run the job and write its status as one JSON object."""
    job = Job(words)
    sandbox.ignore(*_IGNORED)
    sandbox.adopt_orphans()
    heard, level = launch(job)
    ended = told() if heard is None else watch(job, heard)
    said = os.read(heard, 64).decode() if heard is not None and ended == "exited" else ""
    clean = tree.end_all(ended, job.grace)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    status = (
        f'{{"ended": "{ended}", "said": "{said}", "cpu_seconds": {cpu:.3f}, '
        f'"max_rss_kb": {used.ru_maxrss}, "sandbox": "{level}", "clean": {str(clean).lower()}}}'
    )
    os.write(1, status.encode())
