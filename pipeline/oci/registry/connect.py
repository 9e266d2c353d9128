"""Opens repositories: one connection for all of them, and the login that is known for each."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from pipeline.oci.registry import login
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from pipeline.toolchain.http import Http


class Registries:
    """All the registries that a command speaks to."""

    def __init__(self, surroundings: Mapping[str, str], *, http: Http | None = None) -> None:
        self._surroundings = surroundings
        self._http = http or Http()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._http.__exit__(kind, error, at)

    def repository(self, place: RegistryReference) -> Repository:
        """Open a repository. Raises RegistryError where its login cannot be read."""
        known = login.stored(place.host, self._surroundings)
        return Repository(Session(place, http=self._http, login=known))
