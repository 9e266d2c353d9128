"""How strictly a scanner was walled in, and what a policy asks of that."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Literal, TypeAlias

Sandbox: TypeAlias = Literal["required", "preferred", "off"]
"""Only within a root of its own, as strictly as the machine can, or without any walls."""


class Level(StrEnum):
    """What a process was left of the machine, the strictest first. docs/sandbox.md says more."""

    ISOLATED = "isolated"
    """A root, a network, processes and users of its own."""
    LANDLOCK = "landlock"
    """No other files, and no network but a port of its own."""
    LANDLOCK_TCP = "landlock-tcp"
    """No other files, and TCP to everywhere."""
    NONE = "none"
    """Whatever its user may, since the machine allows no walls."""
    OFF = "off"
    """Whatever its user may, since the policy wants no walls."""


_ORDER: Final = tuple(Level)


def weakest(levels: Iterable[Level | None]) -> Level | None:
    """Return the weakest of some levels; None where no process was started."""
    known = [level for level in levels if level is not None]
    return max(known, key=_ORDER.index, default=None)
