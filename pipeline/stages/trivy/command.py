"""How Trivy is called: the one process over the source, and what every call of it shares."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.model.artifact import Feed
from pipeline.model.inventory import Image, Inventory
from pipeline.stages.base import Job
from pipeline.stages.config import dockerfile
from pipeline.stages.trivy import blocks as trivy_blocks
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.stages.trivy.report import COPY
from pipeline.toolchain.command import Command, Cost

TOOL: Final = "trivy"
FEED: Final = "trivy_db"
SOURCE: Final = "source"
"""Label of the process that answers config, secrets and packages at once."""

_CONFIG: Final = "trivy-empty.yaml"
_IGNORE: Final = "trivy-empty.ignore"
_SECRETS: Final = "trivy-secrets.yaml"
_NO_FEED: Final = "trivy-no-feed"

DOCKERFILES: Final = r"(^|/)(?i:dockerfile|containerfile)([-_][^/]*)?$"
"""Names of Dockerfiles that Trivy knows only when told; the others it knows by itself."""

MISCONFIG: Final = "dockerfile,terraform,kubernetes,helm,cloudformation"
"""What is asked. Of plans and of Azure's templates it says what is wrong, and not in which file."""

_ALLOWED: Final = (
    "dist-info", "tests", "examples", "vendor", "usr-dirs", "locale-dir", "markdown", "node.js",
    "golang", "python", "rubygems", "wordpress", "anaconda-log",
)  # fmt: skip
"""Trivy's own rules for what may hold secrets: all of them, so that each can be switched off."""

ENVIRONMENT: Final = (
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ("HTTP_PROXY", "http://127.0.0.1:9"),
    ("NO_PROXY", ""),
)
"""Leads nowhere: Terraform modules are fetched from hosts that the scanned code names, whatever
the flags say. A network namespace does the same where there is one."""


def source(job: Job) -> Command:
    """Say how the source is scanned: the same for each of the three stages.

    Without a database the process goes on without `vuln`, and only packages has no answer.
    """
    usable = isinstance(job.feeds.get(FEED), Feed)
    scanners = "vuln,misconfig,secret" if usable else "misconfig,secret"
    report = job.work / SOURCE / f"{SOURCE}.json"
    argv = (
        job.tool(TOOL).path, "fs", _relative(job, job.tree),
        "--scanners", scanners,
        "--include-non-failures",
        "--include-dev-deps",
        "--misconfig-scanners", MISCONFIG,
        "--file-patterns", f"dockerfile:{DOCKERFILES}",
        *_unnamed(job.inventory),
        "--secret-config", _SECRETS,
        "--skip-check-update",
        "--config-check", trivy_blocks.FOLDER,
        "--check-namespaces", trivy_blocks.OURS,
        "--raw-config-scanners", "terraform",
        "--parallel", str(parallel(job)),
        *flags(job, report, cache=cache(job) if usable else job.work / _NO_FEED),
    )  # fmt: skip
    return command(
        job,
        SOURCE,
        argv,
        report=report,
        reads=(job.tree, *_database(job)),
        inputs=(*inputs(job), _check(job), *trivy_canary.files(job.tree / "canary")),
        cost=Cost(cpu=1.0, memory_mb=512, seconds=2.0),
    )


def command(
    job: Job,
    label: str,
    argv: tuple[str, ...],
    *,
    report: Path,
    reads: tuple[Path, ...],
    inputs: tuple[tuple[Path, bytes], ...],
    cost: Cost,
    needs: tuple[str, ...] = (),
) -> Command:
    """Order a process of Trivy: in the folder of the run, with a way to nowhere."""
    return Command(
        label=label,
        tool=TOOL,
        argv=argv,
        cwd=job.work,
        env=ENVIRONMENT,
        answers=frozenset({0}),
        report=report,
        echo=job.word,
        reads=reads,
        inputs=inputs,
        needs=needs,
        timeout=job.options.timeout,
        cost=cost,
    )


def flags(job: Job, report: Path, *, cache: Path) -> tuple[str, ...]:
    """Return what every scan is told: nothing from the surroundings, nothing from the network."""
    return (
        "--format", "json",
        "--output", str(report.relative_to(job.work)),
        "--exit-code", "0",
        "--list-all-pkgs",
        "--show-suppressed",
        "--cache-dir", str(cache),
        "--cache-backend", "memory",
        "--skip-db-update",
        "--skip-java-db-update",
        "--offline-scan",
        "--skip-version-check",
        "--disable-telemetry",
        "--no-progress",
        "--timeout", f"{int(job.options.timeout) + 60}s",
        "--config", _CONFIG,
        "--ignorefile", _IGNORE,
    )  # fmt: skip


def inputs(job: Job) -> tuple[tuple[Path, bytes], ...]:
    """Return the settings by which the surroundings' are replaced."""
    secrets = f"disable-allow-rules: [{', '.join(_ALLOWED)}]\nskip-patterns: []\n"
    return (
        (job.work / _CONFIG, b""),
        (job.work / _IGNORE, b""),
        (job.work / _SECRETS, secrets.encode()),
    )


def _unnamed(inventory: Inventory) -> Iterator[str]:
    """Tell of each Dockerfile under a name that says nothing, in a pattern that fits it alone.

    Only letters and digits stand for themselves: these patterns are a list parted by commas.
    """
    for path in sorted(dockerfile.unnamed(inventory)):
        name = "".join(
            one if one.isascii() and one.isalnum() else f"\\x{{{ord(one):x}}}"
            for one in COPY + path
        )
        yield from ("--file-patterns", f"dockerfile:^{name}$")


def _check(job: Job) -> tuple[Path, bytes]:
    """Return the check of ours, by which Trivy says which blocks it looked at."""
    return job.work / trivy_blocks.FOLDER / "looked_at.rego", trivy_blocks.CHECK.encode()


def _database(job: Job) -> tuple[Path, ...]:
    feed = job.feeds.get(FEED)
    return (Path(feed.path),) if isinstance(feed, Feed) else ()


def cache(job: Job) -> Path:
    """Return the folder of the database, which Trivy only reads with these flags."""
    return Path(job.feed(FEED).path)


def parallel(job: Job) -> int:
    """Return how many files Trivy may read at once."""
    return max(1, min(job.cores, 4))


def images(inventory: Inventory) -> tuple[tuple[str, Image], ...]:
    """Return the images that can be scanned, each with the label of its process."""
    return tuple(
        (f"image-{number}", image)
        for number, image in enumerate(inventory.images, start=1)
        if isinstance(image, Image)
    )


def relative(job: Job, path: str) -> str:
    """Name a path as seen from the working directory: Trivy cannot open one with `:` or `@`."""
    return _relative(job, Path(path))


def _relative(job: Job, path: Path) -> str:
    return os.path.relpath(path, job.work)
