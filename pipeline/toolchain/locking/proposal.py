"""What changes in a lock, and where it is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_file, sha256_of
from pipeline.model.denied import denial
from pipeline.toolchain import lock as locks
from pipeline.toolchain.locking.renew import Asking, Files, Renewed, Unreached, renew
from pipeline.toolchain.locking.text import text

_DIGEST: Final = len("sha256:") + 12


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what changes. An empty word: there was nothing, or there is nothing any more."""

    tool: str
    what: str
    before: str
    after: str


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A lock as it should be."""

    files: Files
    """By path below the home's parent; those alone that differ from what is there."""
    tools: tuple[str, ...]
    """Those of which an installation would change."""
    changes: tuple[Change, ...]
    unreached: tuple[Unreached, ...]


def propose(lock: locks.Lock, names: tuple[str, ...], asking: Asking) -> Proposal:
    """Ask about the named tools, or about all."""
    wanted = locks.selected(lock, names)
    found = {name: renew(name, tool, asking) for name, tool in wanted.items()}
    home = asking.site.home
    for name, one in found.items():
        _refuse_denied(name, one, lock)
    tools = {name: found[name].tool if name in found else lock.tools[name] for name in lock.tools}
    files = {"tools/tools.lock": text(tools).encode()}
    for one in found.values():
        files |= one.files
    return Proposal(
        files={path: data for path, data in files.items() if _at(home, path) != data},
        tools=tuple(name for name in found if _differs(name, lock, found[name], home)),
        changes=tuple(
            change for name, one in found.items() for change in _changes(name, lock, one)
        ),
        unreached=tuple(told for one in found.values() for told in one.unreached),
    )


def place(home: locks.Home, path: str) -> Path:
    """Return where a file of a proposal lies."""
    kind, _, rest = path.partition("/")
    return {"tools": home.tools, "requirements": home.requirements}[kind] / rest


def write(home: locks.Home, files: Files) -> None:
    """Write the files of a proposal, the lock last: until then the old one is whole."""
    for path in sorted(files, key=lambda one: (one.endswith("tools.lock"), one)):
        target = place(home, path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            scratch = target.with_name(f".{target.name}.new")
            scratch.write_bytes(files[path])
            scratch.replace(target)
        except OSError as exc:
            raise PenstockError(
                f"{target} cannot be written: {exc.strerror or exc}",
                hint="name a checkout of your own with --folder",
            ) from exc


def _at(home: locks.Home, path: str) -> bytes | None:
    try:
        return place(home, path).read_bytes()
    except OSError:
        return None


def _refuse_denied(name: str, one: Renewed, lock: locks.Lock) -> None:
    """Lock nothing that would not be allowed to run."""
    for tool, version in ((name, one.tool.version), *_pins(one)):
        told = denial(lock.denied, tool, version)
        if told is not None:
            raise PenstockError(
                f"{name} {one.tool.version} is not locked: {told.of(name)}{told.reason}",
                hint=f"see {told.source}",
            )


def _pins(one: Renewed) -> tuple[tuple[str, str], ...]:
    match one.tool:
        case locks.VenvTool():
            return locks.pinned(one.files.get(_requirements(one.tool), b""))
        case locks.GoTool(module=folder):
            return locks.required(one.files.get(f"tools/{folder}/go.mod", b""))
        case _:
            assert_never(one.tool)


def _differs(name: str, lock: locks.Lock, one: Renewed, home: locks.Home) -> bool:
    """Say whether another thing would be installed than before."""
    before = lock.tools[name]
    return locks.recipe(before) != locks.recipe(one.tool) or any(
        _at(home, path) != data for path, data in one.files.items() if not path.endswith(".in")
    )


def _changes(name: str, lock: locks.Lock, one: Renewed) -> Iterator[Change]:
    before, after = _flat(lock.tools[name]), _flat(one.tool)
    if isinstance(one.tool, locks.VenvTool) and one.files:
        before |= _packages(locks.pins(lock.tools[name], lock.home))
        after |= _packages(_pins(one))
        before |= {"digests of packages": _short(locks.inputs(lock.tools[name], lock.home)[0])}
        after |= {"digests of packages": sha256_of(one.files[_requirements(one.tool)])[:_DIGEST]}
    for what in (*before, *(key for key in after if key not in before)):
        was, now = before.get(what, ""), after.get(what, "")
        if was != now:
            yield Change(tool=name, what=what, before=was, after=now)


def _short(path: Path) -> str:
    return sha256_file(path)[:_DIGEST]


def _requirements(tool: locks.VenvTool) -> str:
    return f"requirements/{tool.requirements}"


def _packages(listed: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {f"package {name}": version for name, version in listed}


def _flat(tool: locks.LockedTool) -> dict[str, str]:
    """Write a tool down by what people look at: version, day, digests, signer."""
    said = {"version": tool.version, "released": tool.released.isoformat()}
    if isinstance(tool, locks.GoTool):
        signer = tool.signer
        said["signer"] = f"{signer.identity} of {signer.issuer}" if signer else ""
        said |= {f"sha256 {platform}": one.sha256 for platform, one in tool.release.items()}
    return said
