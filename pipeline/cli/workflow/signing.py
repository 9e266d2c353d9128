"""The GitHub action that signs: inputs from the environment, `sign`, and what became of it.

Started by sign/action.yml as `python -I -m pipeline.cli.workflow.signing`, in a job where no
scanner runs: only there can a token of the workflow be had.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline.cli.workflow.runner import given, publish, same_version, switched
from pipeline.errors import Exit, UsageError

_VALUES: Final = ("trust", "verifier", "max-age", "timeout", "fallback-key")
_SWITCHES: Final = ("vex", "failed")
_JOURNAL: Final = "signing.json"


def main() -> None:
    """Sign as the action was asked to. Exits with the code of `sign`."""
    from pipeline.cli.app import answer
    from pipeline.cli.terminal.errors import show

    environment = dict(os.environ)
    try:
        arguments = arguments_of(environment)
    except UsageError as error:
        show(error)
        sys.exit(int(error.exit))
    code = answer(arguments)
    publish(environment, outputs_of(environment, code))
    sys.exit(code)


def arguments_of(environment: Mapping[str, str]) -> list[str]:
    """Turn the action's inputs into a command line. Raises UsageError."""
    same_version(environment)
    arguments = ["sign", _needed(environment, "image"), "--bundle", _needed(environment, "bundle")]
    told = ((name, given(environment, name)) for name in _VALUES)
    arguments += [f"--{name}={value}" for name, value in told if value]
    arguments += [f"--{name}" for name in _SWITCHES if switched(environment, name)]
    return arguments


def outputs_of(environment: Mapping[str, str], code: int) -> dict[str, str]:
    """Say what became of it. Only 0 is signed; the journal is named where there is one."""
    journal = Path(given(environment, "bundle")) / _JOURNAL
    return {
        "signed": "true" if code == Exit.OK else "false",
        "exit-code": str(code),
        "journal": str(journal) if journal.is_file() else "",
    }


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = given(environment, name)
    if not value or value.startswith("-"):
        raise UsageError(
            f"{name} is {value!r}" if value else f"no {name} was named",
            hint="image is NAME@sha256:…, bundle the folder that the gate's evidence was put in",
        )
    return value


if __name__ == "__main__":
    main()
