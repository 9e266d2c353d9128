"""How much of the machine this process may use: what the control groups around it leave."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

Group: TypeAlias = Mapping[str, str]
"""The files of a control group that say something here, by name."""

_ROOT: Final = Path("/sys/fs/cgroup")
_OWN: Final = Path("/proc/self/cgroup")
_MEMORY: Final = Path("/proc/meminfo")
_MEGA: Final = 1 << 20
_NO_LIMIT: Final = 1 << 60
"""Version 1 writes a number near 2^63 where there is no limit."""
_FILES: Final = (
    *("cpu.max", "memory.max", "memory.current", "memory.stat"),
    *("cpu.cfs_quota_us", "cpu.cfs_period_us", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)


def read(*, root: Path = _ROOT, own: Path = _OWN) -> tuple[Group, ...]:
    """Return the groups that this process is in, of both versions, with all above each."""
    return tuple(_files(folder) for folder in dict.fromkeys(_folders(root, _text(own))))


def _folders(root: Path, listed: str) -> Iterator[Path]:
    for line in listed.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        base = root / controllers.removeprefix("name=") if controllers else root
        # What lies above a container's own group is not shown in it: then its root is the group.
        place = base / path.lstrip("/")
        yield from (one for one in (place, *place.parents) if one.is_relative_to(base))


def _files(folder: Path) -> Group:
    return {name: text for name in _FILES if (text := _text(folder / name))}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def cores(count: int, groups: Iterable[Group]) -> int:
    """Return how many of the cores that may be used can be used at one time; at least one."""
    shares = [share for group in groups if (share := _share(group)) is not None]
    return max(1, math.floor(min([float(count), *shares])))


def _share(group: Group) -> float | None:
    """Return the cores' worth of time that a group may take, in either version's words."""
    quota, _, period = group.get("cpu.max", "").strip().partition(" ")
    if not quota:
        quota = group.get("cpu.cfs_quota_us", "").strip()
        period = group.get("cpu.cfs_period_us", "").strip()
    if not quota.isdecimal() or not period.isdecimal() or int(period) == 0:
        return None
    return int(quota) / int(period)


def memory_mb(meminfo: str, groups: Iterable[Group]) -> int | None:
    """Return how much memory is free for the asking, in MiB; None where nothing says."""
    free = [one for group in groups if (one := _free(group)) is not None]
    available = _number(meminfo, "MemAvailable:")
    if available is not None:
        free.append(available << 10)
    return max(0, min(free)) // _MEGA if free else None


def _free(group: Group) -> int | None:
    """Return what is left of a group's limit; the cache of files counts as free."""
    limit = _bytes(group, "memory.max", "memory.limit_in_bytes")
    if limit is None or limit >= _NO_LIMIT:
        return None
    used = _bytes(group, "memory.current", "memory.usage_in_bytes") or 0
    cached = _number(group.get("memory.stat", ""), "inactive_file") or 0
    return limit - max(0, used - cached)


def _bytes(group: Group, *names: str) -> int | None:
    text = next((group[name].strip() for name in names if name in group), "")
    return int(text) if text.isdecimal() else None


def _number(text: str, name: str) -> int | None:
    for line in text.splitlines():
        match line.split():
            case [str(first), str(number), *_] if first == name and number.isdecimal():
                return int(number)
    return None


def usable_cores() -> int:
    """Read how many cores this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores(count or 1, read())


def free_memory_mb() -> int | None:
    """Read how much memory this process may still ask for."""
    return memory_mb(_text(_MEMORY), read())
