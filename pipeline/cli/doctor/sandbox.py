"""How strictly scanners can be walled in here, why not more strictly, and what would change it."""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.cli.doctor.view import Check, State
from pipeline.model.walls import Level, Sandbox

_APPARMOR: Final = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_CLONE: Final = Path("/proc/sys/kernel/unprivileged_userns_clone")
_MOST: Final = Path("/proc/sys/user/max_user_namespaces")
_CONTAINER: Final = (
    Path("/.dockerenv"),
    Path("/run/.containerenv"),
    Path("/var/run/secrets/kubernetes.io"),
)
_MEANS: Final = {
    Level.ISOLATED: "a root, a network, processes and users of its own for each scanner",
    Level.LANDLOCK: "no other files and no network, but no root of its own",
    Level.LANDLOCK_TCP: "no other files, but TCP to everywhere for pip-audit",
    Level.NONE: "scanners may do all that this user may",
    Level.OFF: "scanners may do all that this user may",
}
_PAGE: Final = "see docs/sandbox.md"


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """What of the machine speaks about namespaces."""

    root: bool
    container: bool
    apparmor: bool
    """Whether AppArmor keeps namespaces for programs with a profile."""
    switched_off: bool
    """Whether users without privileges may make none (Debian's switch)."""
    none_left: bool
    """Whether the number of user namespaces is 0."""
    landlock: int
    """Its version; 0 where there is none."""


def kernel() -> Kernel:
    """Look."""
    from pipeline.programs import landlock

    return Kernel(
        root=os.geteuid() == 0,
        container=any(path.exists() for path in _CONTAINER),
        apparmor=_said(_APPARMOR) == "1",
        switched_off=_said(_CLONE) == "0",
        none_left=_said(_MOST) == "0",
        landlock=landlock.version(),
    )


def _said(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def checks(wanted: Sandbox) -> Iterator[Check]:
    """Try it with a process that does nothing."""
    from pipeline.toolchain import machine

    with tempfile.TemporaryDirectory(prefix="penstock-", ignore_cleanup_errors=True) as private:
        found = machine.sandbox(Path(private).resolve())
    yield check(found.level or Level.NONE, found.refused, kernel(), wanted)


def check(level: Level, refused: str, here: Kernel, wanted: Sandbox) -> Check:
    """Explain a level, and what the kernel refused of the strictest."""
    value = f"{level}: {_MEANS[level]}"
    if wanted == "off":
        hint = f"this machine could give {value}; `evidence.sandbox: preferred` lets it"
        return Check(name="sandbox", value=f"off: {_MEANS[Level.OFF]}", state=State.NOTE, hint=hint)
    if level is Level.ISOLATED:
        return Check(name="sandbox", value=value)
    told = [f"the kernel refused namespaces ({_steps(refused)}): {_remedy(here, refused)}"]
    if level is Level.LANDLOCK_TCP:
        told.append("Linux 6.7 and newer can leave pip-audit one port")
    if level is Level.NONE:
        why = "has no Landlock to fall back on (Linux 5.13, and landlock in lsm= at boot)"
        told.append(f"it {why}" if not here.landlock else "Landlock could not be used either")
    needed = wanted == "required"
    which = "this policy says" if needed else "where a policy says"
    told.append(f"{which} `evidence.sandbox: required`, no scanner is started; {_PAGE}")
    state = State.PROBLEM if needed else State.NOTE
    return Check(name="sandbox", value=value, state=state, hint="; ".join(told))


def _steps(refused: str) -> str:
    """Write `enter 28, settle 13` with the errors' own words."""
    told = []
    for one in filter(None, refused.split(", ")):
        step, _, number = one.partition(" ")
        told.append(f"{step}: {os.strerror(int(number))}" if number.isdecimal() else step)
    return ", ".join(dict.fromkeys(told)) or "without a reason"


def _remedy(here: Kernel, refused: str) -> str:
    """Say what to change, the likeliest cause alone."""
    if f"settle {errno.ENOSYS}" in refused:
        return "Linux 5.12 and newer can make a root of its own"
    if here.none_left:
        return "`sysctl user.max_user_namespaces=15000` allows them"
    if here.switched_off and not here.root:
        return "`sysctl kernel.unprivileged_userns_clone=1` allows them"
    if here.apparmor and not here.root:
        return (
            "AppArmor keeps them for programs with a profile:"
            " `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or a profile with `userns,`"
            " for this Python"
        )
    if here.container:
        return (
            "this container's filter does: start it with `--security-opt seccomp=unconfined"
            " --security-opt apparmor=unconfined`, or run Penstock on the host"
        )
    return "ask whoever runs this machine to allow user namespaces"
