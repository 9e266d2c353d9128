"""The GitHub action: inputs from the environment, a run, and the outputs that later steps read.

Started by action.yml as `python -I -m pipeline.cli.workflow.action`; every input arrives as a
variable, so no text of a pull request is ever part of a shell script.
"""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from pipeline.cli.workflow import runner
from pipeline.cli.workflow.event import UNRESOLVED, NamedBase, base_of
from pipeline.cli.workflow.runner import given
from pipeline.config.base import repository_of
from pipeline.errors import Exit, UsageError
from pipeline.report.escape import workflow_data
from pipeline.runner.ancestry import is_ancestor
from pipeline.toolchain.remote import Tip, default_tip

_TOKEN: Final = "PENSTOCK_SERVER_TOKEN"  # noqa: S105 -- the name of a variable
"""May read the repository: for the one question which commit its default branch has."""

_FILE: Final = "verdict.json"


class _Verdict(msgspec.Struct):
    verdict: str


def main() -> None:
    """Run Penstock as the action was asked to. Exits with the code of the run."""
    from pipeline.cli.app import answer
    from pipeline.cli.terminal.errors import show

    environment = dict(os.environ)
    os.environ.pop(_TOKEN, None)
    try:
        arguments = arguments_of(environment)
    except UsageError as error:
        show(error)
        sys.exit(int(error.exit))
    before = standing(environment)
    for preparation in (["tools", "install"], *_sync(environment)):
        code = answer(preparation)
        if code != Exit.OK:
            print(f"::warning::penstock {' '.join(preparation)} ended with {code}")  # noqa: T201
    code = answer(arguments)
    publish(environment, code, before=before)
    sys.exit(code)


def arguments_of(environment: Mapping[str, str]) -> list[str]:
    """Turn the action's inputs into a command line. Raises UsageError."""
    runner.same_version(environment)
    arguments = ["run", given(environment, "target") or ".", "--out", _out(environment)]
    for name in ("env", "site", "policy"):
        if value := given(environment, name):
            arguments += [f"--{name}", value]
    arguments += base_flags(environment)
    for image in given(environment, "image").split():
        arguments += ["--image", image]
    for form in given(environment, "format").split() or ["github"]:
        arguments += ["--format", form]
    if given(environment, "offline").lower() == "true":
        arguments.append("--offline")
    return [*arguments, "--progress", "plain"]


def base_flags(environment: Mapping[str, str]) -> list[str]:
    """Name the base commit, and its branch where the event or the server says so."""
    named = base_of(environment, partial(_ask, environment))
    wanted = given(environment, "base")
    if not _is_checked_out(named.head, Path(given(environment, "target") or ".")):
        told = f"what is checked out does not hold {named.head}, which the event is about"
        named, wanted = NamedBase(commit=UNRESOLVED, ref=None, fault=told), ""
    if named.fault:
        print(_warning(f"no base commit: {named.fault}"))  # noqa: T201 -- a command of the runner
    commit, ref = wanted or named.commit, named.ref if wanted in ("", named.commit) else None
    return ["--base", commit, *(("--base-ref", ref) if ref else ())]


def _is_checked_out(head: str, target: Path) -> bool:
    """Say whether the change that an event is about is what will be judged, or a part of it.

    `pull_request_target` checks the branch out that the change goes to, which would pass.
    """
    if not head:
        return True
    top = repository_of(target.resolve())
    return top is not None and is_ancestor(top, head, of="HEAD")


def _ask(environment: Mapping[str, str], url: str) -> Tip:
    return default_tip(url, token=environment.get(_TOKEN, ""), environment=environment)


def _warning(text: str) -> str:
    return f"::warning::{workflow_data(text)}"


def standing(environment: Mapping[str, str]) -> tuple[int, int] | None:
    """Name the verdict file that is there; a change may bring one along with the code."""
    try:
        found = (Path(_out(environment)) / _FILE).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def publish(
    environment: Mapping[str, str], code: int, *, before: tuple[int, int] | None = None
) -> None:
    """Write the outputs and the job summary. No verdict of this run means INCONCLUSIVE.

    `before` is what was `standing` there: a run writes a new file while the old one is there.
    Without a bundle of this run its places are empty: later steps would publish, under the name
    of the gate, what the change brought along.
    """
    out = Path(_out(environment))
    ours = standing(environment) not in (None, before)
    summary = out / "summary.md"
    outputs = {
        "verdict": _verdict(out) if ours else "INCONCLUSIVE",
        "exit-code": str(code),
        "bundle": str(out) if ours else "",
        "sarif": _there(out / "report.sarif") if ours else "",
        "summary": _there(summary) if ours else "",
    }
    runner.publish(environment, outputs)
    if outputs["summary"] and (file := environment.get("GITHUB_STEP_SUMMARY")):
        runner.append(Path(file), summary.read_text(encoding="utf-8"))


def _there(path: Path) -> str:
    return str(path) if path.is_file() else ""


def _verdict(out: Path) -> str:
    try:
        return msgspec.json.decode((out / _FILE).read_bytes(), type=_Verdict).verdict
    except (OSError, ValueError, RecursionError):
        return "INCONCLUSIVE"


def _sync(environment: Mapping[str, str]) -> tuple[list[str], ...]:
    return () if given(environment, "offline").lower() == "true" else (["feeds", "sync"],)


def _out(environment: Mapping[str, str]) -> str:
    return given(environment, "out") or ".penstock"


if __name__ == "__main__":
    main()
