"""The options that `run`, `plan` and `gate` share, and what the environment says."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from pipeline.errors import UsageError

_OFF: Final = ("0", "false")
_SERVERS: Final = (
    *("CODEBUILD_BUILD_ID", "GO_PIPELINE_NAME", "JENKINS_URL", "TEAMCITY_VERSION", "TF_BUILD"),
    "bamboo_buildKey",
)
"""What Azure, AWS, GoCD, Jenkins, TeamCity and Bamboo say to a job: none of them sets `CI`."""

Target: TypeAlias = Annotated[
    Path, typer.Argument(metavar="[TARGET]", help="The folder of the repository.")
]
Environment: TypeAlias = Annotated[
    str | None,
    typer.Option("--env", metavar="pr|main|release|weekly", help="Which rules of the policy."),
]
Base: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--base", metavar="COMMIT", help="Full commit id to read policy and penstock.toml from."
    ),
]
BaseRef: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--base-ref", metavar="NAME", help="The branch of the base, held against protected_refs."
    ),
]
Images: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        metavar="REF",
        help="oci:DIR[@sha256:…], archive:FILE.tar or REGISTRY/NAME[:TAG|@sha256:…]; repeatable.",
    ),
]
Platform: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="OS/ARCH",
        help="Which one, of images for several, such as linux/amd64. [there may be only one]",
    ),
]
Site: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--site", metavar="URL", help="The staging site; no stage of this version asks it."
    ),
]
PolicyFolder: TypeAlias = Annotated[
    str | None,
    typer.Option("--policy", metavar="DIR", help="The folder that holds gate.yaml."),
]
Out: TypeAlias = Annotated[
    str | None, typer.Option("--out", metavar="DIR", help="Where the evidence goes.")
]
Only: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="STAGE", help="Ask this stage only; repeatable."),
]
Skip: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="STAGE", help="Do not ask this stage; repeatable."),
]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Judge as of this instant (RFC 3339)."),
]
AllowPast: TypeAlias = Annotated[
    bool, typer.Option("--allow-past", help="Let --as-of lie in the past.")
]
Formats: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="F[=FILE]",
        help="text, json, sarif, markdown, github, event; repeatable.",
    ),
]
Store: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="FILE", help="The history of this repository; its folder is made."
    ),
]
Baseline: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--baseline", metavar="BUNDLE", help="Evidence of the base: what it has is not new."
    ),
]
Record: TypeAlias = Annotated[
    bool, typer.Option("--record", help="Add the run to the history also off protected branches.")
]
PlanFormat: TypeAlias = Annotated[
    str, typer.Option("--format", metavar="text|json", help="How to show it.")
]
Progress: TypeAlias = Annotated[
    str,
    typer.Option(
        "--progress", metavar="auto|tty|plain|json|none", help="How to show what is going on."
    ),
]
Jobs: TypeAlias = Annotated[
    int | None, typer.Option("--jobs", min=1, metavar="N", help="Cores to use (all).")
]
Offline: TypeAlias = Annotated[bool, typer.Option("--offline", help="Ask no feed service.")]


def surroundings() -> Mapping[str, str]:
    """Return the environment: read here, in cli/, and handed down."""
    return dict(os.environ)


def in_ci(environment: Mapping[str, str]) -> bool:
    """Say whether `CI` is set, to neither 0 nor false; without it, whether a server is known."""
    if said := environment.get("CI", "").strip().lower():
        return said not in _OFF
    return any(environment.get(name) for name in _SERVERS)


def instant(text: str | None, now: datetime, *, allow_past: bool) -> datetime:
    """Read --as-of. Raises UsageError for what is no instant, and for the past unless allowed."""
    from pipeline.model.verdict import YEARS

    if text is None:
        return now
    try:
        read = datetime.fromisoformat(text)
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        if read.year not in YEARS:
            raise ValueError(read)  # noqa: TRY301 -- no instant that can be judged
    except (ValueError, OverflowError) as exc:
        raise UsageError(
            f"--as-of {text!r} is no instant", hint="write it as 2026-11-22T12:00:00Z"
        ) from exc
    if read < now and not allow_past:
        raise UsageError(
            f"--as-of {text} lies in the past (now is {now:%Y-%m-%dT%H:%M:%SZ}): "
            "what ran out since then would apply again",
            hint="add --allow-past to say that you mean it; nothing can be signed then. `penstock "
            "gate BUNDLE` without --as-of judges as of the bundle's own time",
        )
    return read


def unknown(what: str, name: str, known: tuple[str, ...]) -> UsageError:
    """Return the error for a word that is none of ours, with the nearest one that is."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    return UsageError(f"there is no {what} {name!r}", hint=hint)


def tools_root(environment: Mapping[str, str]) -> Path:
    """Return where tools are installed."""
    from pipeline.toolchain.locate import default_root

    return default_root(environment)


def cache(environment: Mapping[str, str]) -> Path:
    """Return where synced feeds are."""
    import platformdirs

    named = environment.get("PENSTOCK_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("penstock"))


def state() -> Path:
    """Return where histories are that have no place of their own."""
    import platformdirs

    return Path(platformdirs.user_state_dir("penstock"))
