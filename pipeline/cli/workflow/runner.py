"""What a GitHub runner hands to an action, and where it reads the outputs."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from pipeline import __version__
from pipeline.errors import UsageError


def given(environment: Mapping[str, str], name: str) -> str:
    """Return an input, without the blanks around it; empty where none was given."""
    return environment.get(f"PENSTOCK_INPUT_{name.upper().replace('-', '_')}", "").strip()


def switched(environment: Mapping[str, str], name: str) -> bool:
    """Tell whether an input says `true`. Raises UsageError for what is neither."""
    value = given(environment, name).lower()
    if value not in ("", "true", "false"):
        raise UsageError(f"{name} is {value!r}", hint="say `true` or `false`")
    return value == "true"


def same_version(environment: Mapping[str, str]) -> None:
    """Raise UsageError where another version was asked for than the action holds."""
    wanted = given(environment, "version")
    if wanted not in ("", __version__):
        raise UsageError(
            f"the action holds Penstock {__version__}, and version {wanted!r} was asked for",
            hint="pin the action's commit that belongs to the version",
        )


def publish(environment: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Write the outputs for later steps; elsewhere than on a runner, nowhere."""
    if file := environment.get("GITHUB_OUTPUT"):
        append(Path(file), "".join(_output(name, value) for name, value in outputs.items()))


def append(path: Path, text: str) -> None:
    """Add to a file that the runner reads."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def _output(name: str, value: str) -> str:
    """Write one output. The delimiter is random, so that no value can end it early."""
    mark = secrets.token_hex(16)
    return f"{name}<<{mark}\n{value}\n{mark}\n"
