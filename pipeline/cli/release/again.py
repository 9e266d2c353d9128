"""What to do when a registry fails: the same again, since nothing is done twice."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def again() -> Iterator[None]:
    """Say it where nobody else says what to do."""
    from pipeline.oci.registry.errors import RegistryError

    try:
        yield
    except RegistryError as error:
        error.hint = error.hint or "run it again when the registry is back: nothing is done twice"
        raise
