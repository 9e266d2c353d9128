"""What to do when a registry fails: the same again, since nothing is done twice."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def again() -> Iterator[None]:
    """Say it after whatever there is to be done first."""
    from pipeline.oci.registry.errors import RegistryError

    try:
        yield
    except RegistryError as error:
        first = error.hint or "wait until the registry is back"
        error.hint = f"{first}; then run it again: nothing is done twice"
        raise
