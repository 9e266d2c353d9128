"""Whether what signs with an identity can be used on this machine."""

from importlib import metadata


def version() -> str:
    """Return sigstore's version. Raises ImportError where it, or what it needs, is not there."""
    import sigstore.sign  # noqa: F401 -- whether it can be imported is the question

    return metadata.version("sigstore")
