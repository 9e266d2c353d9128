"""Whether markers speak for each environment, by a table that is the same on any machine."""

from collections.abc import Collection, Mapping
from itertools import product
from typing import Final

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion

_PYTHONS: Final = tuple(f"3.{minor}" for minor in range(8, 16))
_SYSTEMS: Final = (
    ("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"),
)  # fmt: skip
_MACHINES: Final = ("x86_64", "aarch64")
_IMPLEMENTATIONS: Final = (("cpython", "CPython"), ("pypy", "PyPy"))
_ENVIRONMENTS: Final[tuple[Mapping[str, str], ...]] = tuple(
    {
        "implementation_name": name,
        "implementation_version": f"{python}.0",
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": implementation,
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": platform,
        "extra": "",
    }
    for python, (platform, system, os_name), machine, (name, implementation) in product(
        _PYTHONS, _SYSTEMS, _MACHINES, _IMPLEMENTATIONS
    )
)


def covered(wanted: str, given: Collection[str]) -> bool:
    """Say whether in each environment in which a marker holds one of others does, too.

    An empty marker holds everywhere, and one that cannot be read nowhere.
    """
    if wanted in given or "" in given:
        return True
    others = [_holds(one) for one in given]
    return all(
        not needed or any(one[number] for one in others)
        for number, needed in enumerate(_holds(wanted))
    )


def _holds(text: str) -> tuple[bool, ...]:
    """Say of each environment whether a marker holds there."""
    if not text:
        return (True,) * len(_ENVIRONMENTS)
    try:
        marker = Marker(text)
        return tuple(marker.evaluate(dict(one)) for one in _ENVIRONMENTS)
    except (
        InvalidMarker, InvalidVersion, UndefinedComparison, UndefinedEnvironmentName, RecursionError
    ):  # fmt: skip
        return (False,) * len(_ENVIRONMENTS)
