"""References to images, by their letters alone."""

from typing import Final

_LOCAL: Final = ("oci:", "archive:")


def repository(ref: str) -> str:
    """Return a reference without tag and digest."""
    name = ref.partition("@")[0]
    if name.startswith(_LOCAL):
        return name
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"
