"""Names of images: which repository a reference means, and which digest."""

from typing import Final

_LOCAL: Final = ("oci:", "archive:")


def repository(ref: str) -> str:
    """Return a reference without tag and digest."""
    name = ref.partition("@")[0]
    if name.startswith(_LOCAL):
        return name
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def names(artifact: str, ref: str) -> bool:
    """Say whether an exception's artifact, a repository or a digest, means this reference."""
    if artifact.startswith("sha256:"):
        return ref.partition("@")[2] == artifact
    return repository(ref) == artifact
