"""Two folders change places in one step, so that nobody ever sees neither."""

import errno
import os
from pathlib import Path
from typing import Final

_HERE: Final = -100
_EXCHANGE: Final = 2
_CANNOT: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EPERM})


def exchange(one: Path, other: Path) -> bool:
    """Let both change places; False where the system has no such step. Raises OSError."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    paths = (_HERE, os.fsencode(one), _HERE, os.fsencode(other))
    if libc.renameat2(*paths, _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))
