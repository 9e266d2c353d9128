"""Who can reach what is judged, as far as somebody states it."""

from typing import Final

import msgspec

PUBLIC: Final = "public"
INTERNAL: Final = "internal"


class Stated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the configuration: what it calls public or internal."""

    exposure: str
    paths: tuple[str, ...] = ()
    """Globs, relative to the folder of the configuration."""
    images: tuple[str, ...] = ()
    """Globs over the references of images, as they were asked for."""
    below: str = ""
    """The target, seen from the folder of the configuration: `services/api/`, or empty."""
    source: str
    """The file and the line that state it."""
