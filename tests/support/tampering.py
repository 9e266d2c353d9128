"""Bundles that somebody changed: every value of one, and forgeries with parts of others.

A forgery is made of three bundles: `own` is the good one, `other` was signed by the same signer
over another statement, `foreign` by another Sigstore over the same statement and for the same name.
"""

import base64
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.support.sigstore.encoding import Json

Path: TypeAlias = tuple[str | int, ...]


class Material(NamedTuple):
    own: Json
    other: Json
    foreign: Json


Forgery: TypeAlias = Callable[[Material], bytes]

MATERIAL: Final = "verificationMaterial"
CERTIFICATE: Final[Path] = (MATERIAL, "certificate", "rawBytes")
ENTRIES: Final[Path] = (MATERIAL, "tlogEntries")
ENTRY: Final[Path] = (*ENTRIES, 0)
PROOF: Final[Path] = (*ENTRY, "inclusionProof")
NOTE: Final[Path] = (*PROOF, "checkpoint", "envelope")
STAMPS: Final[Path] = (MATERIAL, "timestampVerificationData", "rfc3161Timestamps")
STAMP: Final[Path] = (*STAMPS, 0, "signedTimestamp")
ENVELOPE: Final[Path] = ("dsseEnvelope",)
PAYLOAD: Final[Path] = (*ENVELOPE, "payload")
SIGNATURES: Final[Path] = (*ENVELOPE, "signatures")
SIGNATURE: Final[Path] = (*SIGNATURES, 0, "sig")
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""


def leaves(node: object, at: Path = ()) -> Iterator[Path]:
    """Yield the place of every value that holds no others."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, (*at, name))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from leaves(value, (*at, place))
    elif node is not None:
        yield at


def altered(value: str) -> str:
    """Change a number by one, a bit in the midst of base64, and a letter of other text."""
    if value.isdecimal():
        return str(int(value) + 1)
    try:
        data = bytearray(base64.b64decode(value, validate=True))
    except ValueError:
        return value[:-1] + chr(ord(value[-1]) ^ 1)
    data[len(data) // 2] ^= 1
    return base64.b64encode(data).decode()


def tampered(bundle: Json, at: Path, *, gone: bool) -> bytes:
    """Change one value, or take it away."""
    made: Any = copy.deepcopy(bundle)
    node = _at(made, at[:-1])
    if gone:
        del node[at[-1]]
    else:
        node[at[-1]] = altered(node[at[-1]])
    return json.dumps(made).encode()


def _at(node: Any, path: Path) -> Any:
    for name in path:
        node = node[name]
    return node


def _with(path: Path, change: Callable[[Any], object]) -> Forgery:
    def forge(given: Material) -> bytes:
        made: Any = copy.deepcopy(given.own)
        node = _at(made, path[:-1])
        node[path[-1]] = change(node.get(path[-1]) if isinstance(node, dict) else node[path[-1]])
        return json.dumps(made).encode()

    return forge


def _of(whose: str, path: Path) -> Forgery:
    """Put a part of another bundle in its place."""
    return lambda given: _with(path, lambda _: _at(getattr(given, whose), path))(given)


def _both(path: Path, *, ours_first: bool = True) -> Forgery:
    """List what another bundle lists too."""

    def forge(given: Material) -> bytes:
        listed = [*_at(given.own, path), *_at(given.other, path)]
        return _with(path, lambda _: listed if ours_first else listed[::-1])(given)

    return forge


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    return lambda text: base64.b64encode(change(base64.b64decode(text))).decode()


def _line(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    """Change one line of a signed note."""

    def of(note: str) -> str:
        lines = note.split("\n")
        lines[number] = change(lines[number])
        return "\n".join(lines)

    return of


def _mirrored(signature: bytes) -> bytes:
    """The other signature that a curve accepts wherever it accepts the first."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, _ORDER - s)


def _raw(change: Callable[[bytes], bytes]) -> Forgery:
    return lambda given: change(json.dumps(given.own).encode())


def _hinted(material: Json) -> Json:
    rest = {name: one for name, one in material.items() if name != "certificate"}
    return {**rest, "publicKey": {"hint": "AAAA"}}


_STATEMENT: Final[Mapping[str, Forgery]] = {
    "the statement is another": _of("other", PAYLOAD),
    "the statement has a space more": _with(PAYLOAD, _bytes(lambda p: p + b" ")),
    "the statement is empty": _with(PAYLOAD, lambda _: ""),
    "the statement is called plain JSON": _with(
        (*ENVELOPE, "payloadType"), lambda _: "application/json"
    ),
    "the envelope is another": _of("other", ENVELOPE),
    "the signature is another": _of("other", SIGNATURE),
    "the signature is by somebody else": _of("foreign", SIGNATURE),
    "the signature is mirrored": _with(SIGNATURE, _bytes(_mirrored)),
    "the signature is cut": _with(SIGNATURE, _bytes(lambda s: s[:-1])),
    "the signature has a byte more": _with(SIGNATURE, _bytes(lambda s: s + b"\0")),
    "there is no signature": _with(SIGNATURES, lambda _: []),
    "there are two signatures": _both(SIGNATURES),
    "the other signature comes first": _both(SIGNATURES, ours_first=False),
    "the good signature is given twice": _with(SIGNATURES, lambda s: [*s, *s]),
}
_ENTRY: Final[Mapping[str, Forgery]] = {
    "the log entry is of another signature": _of("other", ENTRIES),
    "the log entry is in another log": _of("foreign", ENTRIES),
    "the log entry is gone": _with(ENTRIES, lambda _: []),
    "the log entry is given twice": _with(ENTRIES, lambda e: [*e, *e]),
    "another log entry comes after it": _both(ENTRIES),
    "another log entry comes before it": _both(ENTRIES, ours_first=False),
    "the entry's body is another": _of("other", (*ENTRY, "canonicalizedBody")),
    "the entry's body is spaced": _with(
        (*ENTRY, "canonicalizedBody"), _bytes(lambda b: b.replace(b":", b": ", 1))
    ),
    "the entry's kind is another": _with((*ENTRY, "kindVersion", "kind"), lambda _: "intoto"),
    "the entry's version is another": _with((*ENTRY, "kindVersion", "version"), lambda _: "9"),
    "the proof is another": _of("other", PROOF),
    "the proof is of another log": _of("foreign", PROOF),
    "the proof is gone": _with(PROOF, lambda _: None),
    "the proof has no hashes": _with((*PROOF, "hashes"), lambda _: []),
    "the proof has a hash more": _with((*PROOF, "hashes"), lambda h: [*h, h[0]]),
    "the proof is of the root alone": _with((*PROOF, "treeSize"), lambda _: "1"),
    "the proof is of a place beyond the tree": _with((*PROOF, "logIndex"), lambda _: "999"),
    "the proof is of a place below zero": _with((*PROOF, "logIndex"), lambda _: "-1"),
    "the proof's root is another": _of("foreign", (*PROOF, "rootHash")),
    "the checkpoint is of another log": _of("foreign", NOTE),
    "the checkpoint has another origin": _with(NOTE, _line(0, lambda one: f"{one}x")),
    "the checkpoint is of a larger tree": _with(NOTE, _line(1, lambda one: f"{one}0")),
    "the checkpoint has another root": _with(NOTE, _line(2, altered)),
    "the checkpoint is not signed": _with(NOTE, lambda note: note.split("\n\n")[0] + "\n\n"),
    "the checkpoint is empty": _with(NOTE, lambda _: ""),
    "the log is another": _of("foreign", (*ENTRY, "logId")),
}
_STAMP: Final[Mapping[str, Forgery]] = {
    "the timestamp is of another signature": _of("other", STAMP),
    "the timestamp is by another authority": _of("foreign", STAMP),
    "the timestamp is cut": _with(STAMP, _bytes(lambda t: t[:-1])),
    "the timestamp is empty": _with(STAMP, lambda _: ""),
    "the timestamp's time is another": _with(
        STAMP, _bytes(lambda t: t.replace(b"\x18\x0f20", b"\x18\x0f19", 1))
    ),
    "there is no timestamp": _with(STAMPS, lambda _: []),
    "the timestamp is given twice": _with(STAMPS, lambda s: [*s, *s]),
    "another timestamp comes after it": _both(STAMPS),
    "a hundred timestamps are given": _with(STAMPS, lambda s: s * 100),
}
_CERTIFICATE: Final[Mapping[str, Forgery]] = {
    "the certificate is another of the same signer": _of("other", CERTIFICATE),
    "the certificate is by another authority": _of("foreign", CERTIFICATE),
    "the certificate names somebody else": _with(
        CERTIFICATE, _bytes(lambda c: c.replace(b"acme/app/.github", b"evil/app/.github"))
    ),
    "the certificate names another repository's number": _with(
        CERTIFICATE, _bytes(lambda c: c.replace(b"\x0c\x041001", b"\x0c\x041002"))
    ),
    "the certificate's signature is altered": _with(
        CERTIFICATE, _bytes(lambda c: c[:-1] + bytes([c[-1] ^ 1]))
    ),
    "the certificate is cut": _with(CERTIFICATE, _bytes(lambda c: c[:-1])),
    "the certificate is empty": _with(CERTIFICATE, lambda _: ""),
    "the certificate is a key's hint": _with((MATERIAL,), _hinted),
}
_KEY: Final[Mapping[str, Forgery]] = {
    "the hint is of another key": _with((MATERIAL, "publicKey", "hint"), lambda _: "AAAA"),
    "the hint is gone": _with((MATERIAL, "publicKey"), lambda _: {}),
    "the key is gone": _with(
        (MATERIAL,), lambda m: {name: one for name, one in m.items() if name != "publicKey"}
    ),
}
_FORM: Final[Mapping[str, Forgery]] = {
    "the bundle is of a form to come": _with(
        ("mediaType",), lambda _: "application/vnd.dev.sigstore.bundle.v9+json"
    ),
    "the bundle does not say its form": _with(("mediaType",), lambda _: ""),
    "the bundle is cut": _raw(lambda data: data[:-1]),
    "the bundle is empty": _raw(lambda _: b""),
    "the bundle is a list": _raw(lambda data: b"[" + data + b"]"),
    "the bundle is followed by another": _raw(lambda data: data + data),
    "the bundle holds a field that nobody knows": _with(("other",), lambda _: 1),
    "the material is gone": _with((MATERIAL,), lambda _: {}),
    "the envelope is gone": _with(ENVELOPE, lambda _: None),
}
KEYLESS: Final = {**_STATEMENT, **_ENTRY, **_STAMP, **_CERTIFICATE, **_FORM}
BY_KEY: Final = {**_STATEMENT, **_ENTRY, **_STAMP, **_KEY, **_FORM}
