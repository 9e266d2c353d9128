"""Which base commit an event of GitHub names, and of which branch it is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import PenstockError, UsageError
from pipeline.toolchain.remote import Tip

UNRESOLVED: Final = "unresolved"
"""Stands for a base that nobody could name: no commit id, so the run says that it is missing."""
_BRANCHES: Final = "refs/heads/"


class NamedBase(msgspec.Struct, frozen=True, kw_only=True):
    """A base commit, and the branch that the event or the server says it is of."""

    commit: str
    ref: str | None
    fault: str = ""
    """Why there is none."""
    head: str = ""
    """The change that the event is about; empty where it is about none."""


class _Side(msgspec.Struct):
    sha: str
    ref: str


class _Head(msgspec.Struct, frozen=True):
    sha: str = ""


class _PullRequest(msgspec.Struct):
    base: _Side
    head: _Head = _Head()


class _Group(msgspec.Struct):
    base_sha: str
    base_ref: str
    head_sha: str = ""


class _Event(msgspec.Struct):
    """The parts of a webhook event that name a base commit."""

    pull_request: _PullRequest | None = None
    merge_group: _Group | None = None
    before: str = ""
    after: str = ""
    ref: str = ""


def base_of(environment: Mapping[str, str], ask: Callable[[str], Tip]) -> NamedBase:
    """Read the base commit that the event names, never a branch of the checkout.

    A pull request and a merge queue name the tip of the target branch, a push the commit before
    it. For all else, and for a branch that is new, the server is asked for the tip of the default
    branch. Raises UsageError for an event that cannot be read.
    """
    event = _read(environment.get("GITHUB_EVENT_PATH", ""))
    if event.pull_request is not None:
        side, head = event.pull_request.base, event.pull_request.head.sha
        return NamedBase(commit=side.sha or UNRESOLVED, ref=side.ref, head=head)
    if event.merge_group is not None:
        group = event.merge_group
        commit = group.base_sha or UNRESOLVED
        return NamedBase(commit=commit, ref=group.base_ref, head=group.head_sha)
    if event.ref.startswith(_BRANCHES) and event.before.strip("0"):
        return NamedBase(commit=event.before, ref=event.ref, head=event.after)
    return _default(environment, ask)


def _default(environment: Mapping[str, str], ask: Callable[[str], Tip]) -> NamedBase:
    server = environment.get("GITHUB_SERVER_URL", "").rstrip("/")
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not server or not repository:
        told = "GITHUB_SERVER_URL and GITHUB_REPOSITORY do not say which server to ask"
        return NamedBase(commit=UNRESOLVED, ref=None, fault=told)
    try:
        tip = ask(f"{server}/{repository}")
    except PenstockError as exc:
        return NamedBase(commit=UNRESOLVED, ref=None, fault=exc.message)
    return NamedBase(commit=tip.commit, ref=tip.ref)


def _read(path: str) -> _Event:
    if not path:
        return _Event()
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=_Event)
    except (OSError, ValueError, RecursionError) as exc:
        raise UsageError(f"the event file {path} cannot be read: {exc}") from exc
