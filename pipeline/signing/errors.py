"""What can go wrong with a signature."""

from pipeline.errors import PenstockError, UsageError


class TrustError(UsageError):
    """What a person configured as trust cannot be used."""


class SigningError(PenstockError):
    """There is no signature: which service said what, at each try."""


class LogDownError(SigningError):
    """The transparency log alone keeps a statement from being signed, and patience is over."""


class NoTokenError(SigningError):
    """Whoever gives out identities does not answer now; it may a moment later."""


class BundleError(PenstockError):
    """A bundle is not verified: forged, damaged, of another trust, or of an unknown kind."""
