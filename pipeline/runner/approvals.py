"""Checks the signatures beside the records of a policy, by the keys of that policy alone."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from pipeline.config.trust import PolicyFiles
from pipeline.errors import PenstockError
from pipeline.model import approval, sshsig
from pipeline.model.approval import Signature, SignatureState
from pipeline.model.gap import Gap, GapReason
from pipeline.policy.break_glass import PREFIX
from pipeline.policy.case import Case
from pipeline.policy.loading.records import FOLDER
from pipeline.policy.loading.signatures import SignatureFile, signature_files
from pipeline.policy.model import Policy
from pipeline.policy.roles import Key, Roles
from pipeline.toolchain import objects, ssh
from pipeline.toolchain.git import git, is_shallow

_AT_ONCE: Final = 4
_BASE: Final = "base:"
_RECORD: Final = ".yaml"
_NO_PROGRAM: Final = f"{ssh.PROGRAM} is not installed"


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a case needs to weigh approvals."""

    signatures: tuple[Signature, ...]
    authors: tuple[tuple[str, str], ...]


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A signature, and what it has to hold for."""

    owner: str
    """The exception's id, or `break-glass/ID`."""
    namespace: str
    data: bytes
    signature: bytes
    principal: str


def with_approvals(case: Case, source: PolicyFiles, *, repository: Path | None) -> Case:
    """Return a case that holds the signatures and the authors of its policy's records."""
    gathered = gather(case.policy, source, repository=repository, now=case.now)
    checked = _with(case, gathered.signatures)
    return msgspec.structs.replace(checked, authors=gathered.authors)


def with_signatures(case: Case, files: Mapping[str, bytes]) -> Case:
    """Return a case whose signatures are checked again, as of another instant."""
    return _with(case, _check_all(tuple(_signed(case.policy, files)), case.policy.roles, case.now))


def _with(case: Case, signatures: tuple[Signature, ...]) -> Case:
    """Add signatures. Those that nothing here can check are a question without an answer."""
    count = sum(one.detail == _NO_PROGRAM for one in signatures)
    several = f"{count} signatures" if count > 1 else "a signature"
    detail = f"{_NO_PROGRAM}, so {several} of the policy could not be checked; install OpenSSH"
    gap = Gap(stage=None, target=None, reason=GapReason.TOOL_MISSING, detail=detail)
    gaps = (*case.gaps, gap) if count and gap not in case.gaps else case.gaps
    return msgspec.structs.replace(case, signatures=signatures, gaps=gaps)


def gather(
    policy: Policy, source: PolicyFiles, *, repository: Path | None, now: datetime
) -> Gathered:
    """Check every signature, a few at once, and ask git who wrote what they sign."""
    signed = tuple(_signed(policy, source.files))
    if not signed:
        return Gathered(signatures=(), authors=())
    signatures = _check_all(signed, policy.roles, now)
    try:
        authors = _authors(source, repository)
    except PenstockError:
        return Gathered(signatures=tuple(map(_without_author, signatures)), authors=())
    return Gathered(signatures=signatures, authors=authors)


def _signed(policy: Policy, files: Mapping[str, bytes]) -> Iterator[_Signed]:
    known = {
        **{f"{FOLDER}{one.id}{_RECORD}": approval.EXCEPTION for one in policy.exceptions},
        **{f"{PREFIX}{one.id}{_RECORD}": approval.BREAK_GLASS for one in policy.break_glass},
    }
    for each in (*signature_files(files, FOLDER), *signature_files(files, PREFIX)):
        if each.record in known:
            yield _read(each, _owner(each.record), known[each.record], files)


def _read(each: SignatureFile, owner: str, namespace: str, files: Mapping[str, bytes]) -> _Signed:
    return _Signed(
        owner=owner,
        namespace=namespace,
        data=files[each.record],
        signature=files[each.name],
        principal=each.principal,
    )


def _check_all(
    signed: tuple[_Signed, ...], roles: Roles | None, now: datetime
) -> tuple[Signature, ...]:
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return tuple(sorted(pool.map(lambda one: check(one, roles, now), signed)))


def check(one: _Signed, roles: Roles | None, now: datetime) -> Signature:
    """Check one signature. "good" is the last line."""
    if roles is None:
        return _found(one, "", "unknown_key", "no roles.yaml says whose keys count")
    try:
        said = sshsig.read(one.signature)
    except ValueError as exc:
        return _found(one, "", "bad", str(exc))
    keys = tuple(key for key in roles.keys if key.fingerprint == said.fingerprint)
    mine = tuple(key for key in keys if key.principal.casefold() == one.principal.casefold())
    if any(key.revoked for key in keys):
        return _found(one, said.fingerprint, "revoked", f"the key {said.fingerprint} is revoked")
    if not mine:
        return _found(one, said.fingerprint, "unknown_key", _whose(said.fingerprint, keys))
    if fault := roles.distrusted or _other_purpose(one, said):
        return _found(one, said.fingerprint, "bad", fault)
    return _verified(one, said.fingerprint, mine, roles, now)


def _whose(fingerprint: str, keys: Iterable[Key]) -> str:
    others = ", ".join(sorted({key.principal for key in keys}))
    listed = f"which is {others}'s" if others else "which allowed_signers does not list"
    return f"it was made with {fingerprint}, {listed}"


def _other_purpose(one: _Signed, said: sshsig.Sshsig) -> str:
    if said.namespace == one.namespace:
        return ""
    return f"it was made for {said.namespace!r}, not for {one.namespace}"


def _verified(
    one: _Signed, fingerprint: str, keys: tuple[Key, ...], roles: Roles, now: datetime
) -> Signature:
    if not ssh.installed():
        return _found(one, fingerprint, "bad", _NO_PROGRAM)
    trust = ssh.Trust(
        allowed="".join(f"{key.line}\n" for key in keys).encode(), revoked=roles.revoked, now=now
    )
    checked = ssh.verify(
        one.data,
        one.signature,
        principal=keys[0].principal,
        namespace=one.namespace,
        trust=trust,
    )
    return _found(one, fingerprint, checked.state, checked.detail)


def _found(one: _Signed, key: str, state: SignatureState, detail: str) -> Signature:
    return Signature(
        exception=one.owner, principal=one.principal, key=key, state=state, detail=detail
    )


def _without_author(one: Signature) -> Signature:
    if one.state != "good":
        return one
    detail = "git does not say who wrote the file that it signs"
    return msgspec.structs.replace(one, state="bad", detail=detail)


def _authors(source: PolicyFiles, repository: Path | None) -> tuple[tuple[str, str], ...]:
    """Return who wrote each record, up to the base commit; outside one nobody is known.

    Also who changed a record later: the commit that adds a harmless file decides nothing. Plumbing
    alone is asked: `git log` runs what a repository's configuration names (log.showSignature).
    """
    if not source.source.startswith(_BASE) or repository is None:
        return ()
    _, commit, folder = source.source.split(":", 2)
    prefix = "" if folder in ("", ".") else f"{folder.strip('/')}/"
    paths = (f"{prefix}{FOLDER}", f"{prefix}{PREFIX}")
    if is_shallow(repository):
        raise PenstockError("the clone's history was cut off, and with it who wrote what")
    listed = git(repository, "rev-list", "--full-history", commit, "--", *paths)
    commits = objects.read_commits(repository, listed.decode("ascii").split())
    changed = git(
        repository,
        *("diff-tree", "--stdin", "-z", "-r", "--root", "-c", "--no-renames", "--name-only"),
        *("--format=%H", "--", *paths),
        stdin=listed,
    )
    return tuple(sorted(set(_read_authors(changed, prefix, commits))))


def _read_authors(
    changed: bytes, prefix: str, commits: Mapping[str, objects.Commit]
) -> Iterator[tuple[str, str]]:
    author = ""
    for token in changed.decode("utf-8", "backslashreplace").split("\0"):
        word = token.lstrip("\n")
        if word in commits:
            author = commits[word].author
        elif word.endswith(_RECORD):
            yield _owner(word.removeprefix(prefix)), author


def _owner(name: str) -> str:
    """Return a record's name among signatures and authors."""
    return name.removesuffix(_RECORD).removeprefix(FOLDER)
