"""Tools that must not be believed, whatever vouches for them."""

from collections.abc import Iterable

import msgspec


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
        return "" if self.tool == tool else f"it brings {self.tool}, which was denied: "


def denial(denied: Iterable[DeniedTool], name: str, version: str) -> DeniedTool | None:
    """Return why a version must not be believed, or None where nothing speaks against it."""
    plain = version.removeprefix("v")
    return next((one for one in denied if one.tool == name and _names(one, plain)), None)


def _names(one: DeniedTool, version: str) -> bool:
    return not one.versions or version in {known.removeprefix("v") for known in one.versions}
