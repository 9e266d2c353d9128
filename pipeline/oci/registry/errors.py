"""What can go wrong at a registry."""

from pipeline.errors import PenstockError


class RegistryError(PenstockError):
    """The registry could not be asked, or its answer cannot be believed. Never "there is none"."""


class LastingError(RegistryError):
    """It is the fault of what was asked for: whoever asks again is told the same."""


class MissingError(LastingError):
    """The registry was asked and says that there is no such thing."""


class DigestError(LastingError):
    """The registry sends other bytes than their digest says."""


class SizeError(DigestError):
    """The bytes are those of the digest, and their number is not what the manifest says."""


class RefusedError(RegistryError):
    """The registry was reached and does not let us do it: no login, a wrong one, or no right."""
