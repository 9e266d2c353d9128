"""Where `penstock feeds sync` fetches from, and who said so."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from pipeline.errors import UsageError
from pipeline.feeds import FEEDS

_OFFLINE: Final = "PENSTOCK_OFFLINE"


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """Where one feed is fetched from."""

    url: str | None
    """None for its publisher."""
    told: str
    """The address with its origin, for people."""


def refuse_offline(environment: Mapping[str, str]) -> None:
    """Raise UsageError where nothing may be asked of a network."""
    if environment.get(_OFFLINE):
        raise UsageError(
            f"{_OFFLINE} is set, and a sync asks the network: nothing was tried",
            hint=f"unset it for this command: env -u {_OFFLINE} penstock feeds sync",
        )


def chosen(
    names: Sequence[str], flag: str | None, environment: Mapping[str, str]
) -> Mapping[str, Mirror]:
    """Return where each feed is fetched from: by the flag, its variable, or its publisher.

    No file of a repository can say it: whoever answers for a feed can hide a finding. Raises
    UsageError for one mirror of several feeds, and for an address that is none.
    """
    if flag is not None and len(names) > 1:
        raise UsageError(
            f"--mirror is for one feed, and {' and '.join(names)} were asked for",
            hint=f"name it: penstock feeds sync {names[0]} --mirror {flag}",
        )
    return {name: _mirror(name, flag, environment) for name in names}


def _mirror(name: str, flag: str | None, environment: Mapping[str, str]) -> Mirror:
    variable = f"PENSTOCK_{name.upper()}_MIRROR"
    if flag is not None:
        return Mirror(url=_checked(flag, "flag --mirror"), told=f"{flag} (flag --mirror)")
    if said := environment.get(variable):
        origin = f"environment {variable}"
        return Mirror(url=_checked(said, origin), told=f"{said} ({origin})")
    return Mirror(url=None, told=f"{FEEDS[name].SOURCE} (default)")


def _checked(url: str, origin: str) -> str:
    """Return an address that may be noted and shown. Raises UsageError for one that may not."""
    if not url or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(
            f"the mirror {url[:200]!a} is no address ({origin})",
            hint="name an https address, or for trivy_db an OCI reference",
        )
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
    except ValueError as error:
        raise UsageError(f"the mirror {url[:200]!a} is no address: {error} ({origin})") from error
    if parts.username or parts.password:
        raise UsageError(
            f"a mirror's address may hold no login, for it is noted and shown ({origin})",
            hint="name a mirror that can be read without one",
        )
    return url
