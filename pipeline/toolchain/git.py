"""Git, asked so that neither the repository nor the user's settings can answer for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError
from pipeline.toolchain import process
from pipeline.toolchain.folder import PATH

LIMIT: Final = 1 << 28
_TIMEOUT: Final = 60.0
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "PATH": PATH,
    "LC_ALL": "C",
}
"""The whole of it: no GIT_* variable of ours or of a workflow reaches git."""
_REFUSED: Final = "/bin/false"
_SETTINGS: Final[Mapping[str, str]] = {
    "safe.directory": "*",
    "safe.bareRepository": "explicit",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    # Answers that somebody else prepared: an index of commits may lie about their parents.
    "core.commitGraph": "false",
    "core.multiPackIndex": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    # How little it takes to call a file unchanged.
    "core.ignoreStat": "false",
    "core.checkStat": "default",
    "core.trustctime": "true",
    "core.symlinks": "true",
    "log.mailmap": "false",
    "i18n.logOutputEncoding": "UTF-8",
    # Programs that a repository's own configuration may name.
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.sshCommand": _REFUSED,
    "core.askPass": _REFUSED,
    "core.pager": _REFUSED,
    "core.editor": _REFUSED,
    "core.alternateRefsCommand": _REFUSED,
    "credential.helper": "",
    "diff.external": "",
    "log.showSignature": "false",
    "gpg.program": _REFUSED,
    "gpg.openpgp.program": _REFUSED,
    "gpg.x509.program": _REFUSED,
    "gpg.ssh.program": _REFUSED,
    "gpg.ssh.defaultKeyCommand": _REFUSED,
    "gpg.ssh.allowedSignersFile": "/dev/null",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_FLAGS: Final = (
    "--no-pager",
    "--literal-pathspecs",
    *(word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")),
)


def git(
    root: Path,
    *arguments: str,
    stdin: bytes = b"",
    limit: int = LIMIT,
    timeout: float = _TIMEOUT,
    settings: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> bytes:
    """Return what a git command prints in a repository. Raises PenstockError where it fails.

    `settings` are added to ours, `variables` win over them: for whoever has to reach a server.

    Hooks, the file-system monitor, the network and the user's configuration are out of reach.
    Filters are commands of the repository's own configuration, so that only commands which read
    objects or the index may be asked, never one that converts files of the work tree.
    """
    return process.capture(
        ("git", *_FLAGS, *arguments),
        cwd=root,
        env={**_ENVIRONMENT, **_as_variables(settings or {}), **(variables or {})},
        timeout=timeout,
        limit=limit,
        stdin=stdin,
    )


def _as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Hand settings over word by word: `-c` would end a name at its first `=`."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = name
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


class Entry(msgspec.Struct, frozen=True, order=True):
    """One line of the index."""

    path: str
    """Relative to the folder that was asked about; undecodable bytes as surrogates."""
    mode: str
    blob: str
    stage: int
    """Other than 0 in an unfinished merge."""


def index(root: Path) -> tuple[Entry, ...]:
    """Return every tracked path at or below a folder."""
    found = []
    for line in _words(git(root, "ls-files", "-z", "--stage", variables=here(root))):
        meta, _, path = line.partition("\t")
        mode, blob, stage = meta.split()
        found.append(Entry(path=path, mode=mode, blob=blob, stage=int(stage)))
    return tuple(found)


def untracked(root: Path) -> tuple[str, ...]:
    """Return the paths that are neither tracked nor ignored by the repository's own rules."""
    words = ("ls-files", "-z", "--others", "--exclude-standard")
    return _words(git(root, *words, variables=here(root)))


def commit(root: Path) -> str | None:
    """Return the commit that HEAD names; None before the first."""
    return _resolve(root, "HEAD^{commit}")


def tree(root: Path) -> str | None:
    """Return the tree of HEAD's commit; None before the first."""
    return _resolve(root, "HEAD^{tree}")


def _resolve(root: Path, name: str) -> str | None:
    try:
        return git(root, "rev-parse", "--verify", "--quiet", name).decode("ascii").strip()
    except PenstockError:
        return None


def changed(root: Path) -> tuple[str, ...]:
    """Return the lines of `git status --porcelain`; none where the work tree equals HEAD.

    Submodules are left out: git would ask each by its own configuration.
    """
    return _words(
        git(
            root,
            *("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all"),
            "--untracked-files=all",
            settings=_without_filters(root),
            variables=here(root),
        )
    )


def here(root: Path) -> dict[str, str]:
    """Say which work tree is meant: the repository's configuration may name another, clean one."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return {"GIT_WORK_TREE": str(folder.absolute())}
    return {}


def _without_filters(root: Path) -> dict[str, str]:
    """Return the settings that unset every filter which the repository's configuration defines."""
    settings = {}
    for name in _words(git(root, "config", "--list", "-z", "--name-only")):
        section, _, key = name.rpartition(".")
        if section.startswith("filter."):
            settings[name] = "false" if key == "required" else ""
    return settings


def is_shallow(root: Path) -> bool:
    """Say whether the clone's history was cut off."""
    return git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _words(output: bytes) -> tuple[str, ...]:
    return tuple(word for word in output.decode("utf-8", "surrogateescape").split("\0") if word)
