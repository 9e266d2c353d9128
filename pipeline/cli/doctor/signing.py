"""Checks whether an image could be signed here: Sigstore, clock, logins, and an identity."""

from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.cli.doctor.view import Check, State
from pipeline.config.settings import Settings
from pipeline.errors import PenstockError, UsageError

_ISSUERS: Final = {
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "GitHub Actions",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "GitHub Actions",
    "SIGSTORE_ID_TOKEN": "SIGSTORE_ID_TOKEN",
    "BUILDKITE_AGENT_ACCESS_TOKEN": "Buildkite",
    "CIRCLE_OIDC_TOKEN_V2": "CircleCI",
}


def checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """Look at what signing needs. All are notes: a run can be answered without them."""
    yield _sigstore()
    yield _clock(settings)
    yield from _logins(settings.images, environment)
    yield _identity(environment)


def _sigstore() -> Check:
    from pipeline.signing import ready

    try:
        return Check(name="sigstore", value=ready.version())
    except ImportError as error:
        return _note(
            "sigstore",
            f"cannot be imported: {error}",
            "install Penstock with its locked requirements (docs/install.md)",
        )


def _clock(settings: Settings) -> Check:
    from pipeline.config.clock import clock_gaps

    gaps = clock_gaps(settings.target, None, settings.now)
    if gaps:
        told = "a certificate is valid for minutes: set the clock before signing"
        return _note("clock", "; ".join(gap.detail for gap in gaps), told)
    return Check(name="clock", value=f"{settings.now:%Y-%m-%dT%H:%M:%SZ}, not before HEAD")


def _logins(images: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[Check]:
    """Say for each registry of the images whether docker's login is stored; none is asked."""
    for host in sorted({host for image in images if (host := _host(image))}):
        yield _login(host, environment)


def _host(image: str) -> str:
    from pipeline.oci.registry.reference import RegistryReference

    try:
        return RegistryReference.parse(image).host
    except UsageError:
        return ""  # an image on disk: it lies in no registry


def _login(host: str, environment: Mapping[str, str]) -> Check:
    from pipeline.oci.registry.login import stored

    name, told = f"login {host}", f"to push signatures: docker login {host}"
    try:
        login = stored(host, environment)
    except PenstockError as error:
        return _note(name, error.message, error.hint or told)
    if login is None:
        return _note(name, "none is stored", told)
    return Check(name=name, value="stored (whether it may push is not asked)")


def _identity(environment: Mapping[str, str]) -> Check:
    from pipeline.signing.ambient import ambient
    from pipeline.signing.errors import SigningError

    found = {label for name, label in _ISSUERS.items() if environment.get(name)}
    try:
        ambient(environment)
    except SigningError as error:
        value = f"absent, as it has to be where scanners run: {error.message}"
        return Check(name="OIDC", value=value, hint=f"where an image is signed, {error.hint}")
    if not found:
        return Check(name="OIDC", value="absent: keyless signing needs it")
    return Check(name="OIDC", value=", ".join(sorted(found)))


def _note(name: str, value: str, hint: str) -> Check:
    return Check(name=name, value=value, state=State.NOTE, hint=hint)
