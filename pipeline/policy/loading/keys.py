"""Reads allowed_signers and revoked_keys: one key, one person, and nothing that stands for more.

Stricter than ssh-keygen, which takes patterns and certificate authorities, and passes over a line
of revoked keys that it cannot read: here such a list stops every signature.
"""

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.errors import Where
from pipeline.model.sshsig import fingerprint_of
from pipeline.policy.loading.characters import line_of
from pipeline.policy.model import Remark
from pipeline.policy.roles import Key, person

_KRL: Final = b"SSHKRL\n\0"
_KINDS: Final = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
_FEWEST_RSA_BYTES: Final = 256
_PRINCIPAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+@-]*")
_OPTION: Final = re.compile(
    r'namespaces="[^"\\]*"|valid-(?:after|before)="[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?Z?"',
    re.IGNORECASE,
)
_SIGNER: Final = re.compile(
    r"""(?P<principal>[^\s"]+)\s+
        (?:(?P<options>(?:[^\s"]|"[^"]*")+)\s+)?
        (?P<kind>[a-z0-9@.-]+)\s+(?P<key>[A-Za-z0-9+/]{16,}={0,2})(?:\s.*)?""",
    re.VERBOSE,
)
_PUBLIC: Final = re.compile(r"(?:.*?\s)?([a-z0-9@.-]+)\s+([A-Za-z0-9+/]{16,}={0,2})(?:\s.*)?")
_FINGERPRINT: Final = re.compile(r"(SHA256:[A-Za-z0-9+/]{43})(?:\s.*)?")


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What the two files say."""

    keys: tuple[Key, ...]
    revoked: bytes
    distrusted: str
    remarks: tuple[Remark, ...]


class _Revoked(msgspec.Struct, frozen=True, kw_only=True):
    fingerprints: frozenset[str] = frozenset()
    data: bytes = b""
    fault: Remark | None = None


def read_keys(signers: bytes, revoked: bytes, *, signers_path: str, revoked_path: str) -> Keys:
    """Read both files; the paths are those of messages."""
    remarks: list[Remark] = []
    listed = _revoked(revoked, revoked_path)
    if listed.fault:
        remarks.append(listed.fault)
    read: list[Key] = []
    for place, line in _lines(signers, signers_path):
        try:
            read.append(_key(line, place, listed.fingerprints))
        except ValueError as exc:
            remarks.append(Remark(reason=f"this line counts for nothing: {exc}", place=place))
    keys, shared = _one_person_each(read)
    return Keys(
        keys=keys,
        revoked=listed.data,
        distrusted=f"{listed.fault.place}: {listed.fault.reason}" if listed.fault else "",
        remarks=(*remarks, *shared),
    )


def _lines(data: bytes, path: str) -> Iterator[tuple[Where, str]]:
    text = data.decode("utf-8", "backslashreplace")
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield Where(path, number, 1, line_of(text, number)), stripped


def _key(line: str, place: Where, revoked: frozenset[str]) -> Key:
    """Read one line. Raises ValueError with what is wrong with it."""
    found = _SIGNER.fullmatch(line)
    if found is None:
        raise ValueError("it is not `PRINCIPAL [OPTIONS] KIND KEY`")
    if not _PRINCIPAL.fullmatch(found["principal"]):
        raise ValueError(f"{found['principal']!r} is more than one name; write a line for each")
    for option in _options(found["options"] or ""):
        if not _OPTION.fullmatch(option):
            raise ValueError(f"the option {option} is not honoured; name each person's own key")
    blob = _blob(found["kind"], found["key"])
    if found["kind"] == "ssh-rsa" and len(blob) < _FEWEST_RSA_BYTES:
        raise ValueError("an RSA key has 2048 bits at the least")
    fingerprint = fingerprint_of(blob)
    parts = (found["principal"], found["options"], found["kind"], found["key"])
    return Key(
        principal=found["principal"],
        fingerprint=fingerprint,
        kind=found["kind"],
        line=" ".join(part for part in parts if part),
        revoked=fingerprint in revoked,
        place=place,
    )


def _options(text: str) -> list[str]:
    return re.findall(r'(?:[^,"]|"[^"]*")+', text)


def _blob(kind: str, text: str) -> bytes:
    """Return a key's bytes. Raises ValueError for what is no public key of that kind."""
    if kind not in _KINDS:
        raise ValueError(f"keys of kind {kind} are not taken")
    return _decoded(kind, text)


def _decoded(kind: str, text: str) -> bytes:
    try:
        blob = base64.b64decode(text, validate=True)
    except binascii.Error as exc:
        raise ValueError("its key is no base64") from exc
    name = kind.encode()
    if not blob.startswith(len(name).to_bytes(4, "big") + name):
        raise ValueError(f"its key is no {kind}")
    return blob


def _one_person_each(read: list[Key]) -> tuple[tuple[Key, ...], tuple[Remark, ...]]:
    """Set aside every line of a key that stands for two persons: nobody knows whose it is."""
    persons: dict[str, set[str]] = defaultdict(set)
    for key in read:
        persons[key.fingerprint].add(person(key.principal))
    shared = [key for key in read if len(persons[key.fingerprint]) > 1]
    remarks = tuple(
        Remark(
            reason="this line counts for nothing: the key stands for "
            + " and ".join(sorted(persons[key.fingerprint])),
            place=key.place,
        )
        for key in shared
    )
    return tuple(key for key in read if len(persons[key.fingerprint]) == 1), remarks


def _revoked(data: bytes, path: str) -> _Revoked:
    """Read the revoked keys: ssh-keygen's own list (KRL), or a key or fingerprint a line."""
    if data.startswith(_KRL):
        return _Revoked(data=data)
    found: set[str] = set()
    keys: list[str] = []
    for place, line in _lines(data, path):
        if told := _FINGERPRINT.fullmatch(line):
            found.add(told[1])
            continue
        try:
            kind, key = _public(line)
            found.add(fingerprint_of(_decoded(kind, key)))
        except ValueError as exc:
            reason = f"no signature counts until this line can be read: {exc}"
            return _Revoked(fault=Remark(reason=reason, place=place))
        keys.append(f"{kind} {key}\n")
    return _Revoked(fingerprints=frozenset(found), data="".join(keys).encode())


def _public(line: str) -> tuple[str, str]:
    """Return the kind and the key of a line. Raises ValueError where it holds none."""
    found = _PUBLIC.fullmatch(line)
    if found is None:
        raise ValueError("it is neither a public key nor SHA256:…")
    return found[1], found[2]
