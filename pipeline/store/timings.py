"""How long the processes of a run took the last time: read only to start the longest first.

Nothing rests on it but the order, so that a file which is broken, old or hostile is no matter.
"""

import contextlib
import math
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

_LARGEST: Final = 1 << 20
_MOST: Final = 1000
"""Labels that are kept: more are no run of ours."""
_DECODER: Final = msgspec.json.Decoder(dict[str, float])


def read(path: Path) -> Mapping[str, float]:
    """Return seconds by label; none where nothing can be read."""
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        known = _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return {name: one for name, one in known.items() if math.isfinite(one) and one >= 0}


def write(path: Path, seconds: Mapping[str, float]) -> None:
    """Keep them; where that is not possible the next run takes its guesses."""
    data = msgspec.json.encode(dict(sorted(seconds.items())[:_MOST]))
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
