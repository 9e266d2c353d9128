"""Names of images: which repository a reference means, and which digest."""

from pipeline.model.references import repository

__all__ = ["names", "repository"]


def names(artifact: str, ref: str) -> bool:
    """Say whether an exception's artifact, a repository or a digest, means this reference."""
    if artifact.startswith("sha256:"):
        return ref.partition("@")[2] == artifact
    return repository(ref) == artifact
