"""Tools that must not be believed, whatever vouches for them."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

import msgspec

_JOINTS: Final = re.compile(r"[-_.]+")


class DeniedTool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Releases that somebody found to be bad."""

    tool: str
    versions: tuple[str, ...]
    """Exactly as released, with or without a `v` before them. Empty: every version."""
    reason: str
    source: str
    """Where it says so, for whoever has to be convinced."""

    def of(self, tool: str) -> str:
        """Name what is bad where that is not the tool, but a package that comes with it."""
        return (
            "" if plain(self.tool) == plain(tool) else f"it brings {self.tool}, which was denied: "
        )


def denial(denied: Iterable[DeniedTool], name: str, version: str) -> DeniedTool | None:
    """Return why a version must not be believed, or None where nothing speaks against it."""
    wanted, number = plain(name), version.removeprefix("v")
    return next((one for one in denied if plain(one.tool) == wanted and _names(one, number)), None)


@cache
def plain(name: str) -> str:
    """Return a name as package indexes compare it: `Guardrails_AI` is `guardrails-ai`."""
    return _JOINTS.sub("-", name).lower()


def _names(one: DeniedTool, version: str) -> bool:
    return not one.versions or version in {known.removeprefix("v") for known in one.versions}
