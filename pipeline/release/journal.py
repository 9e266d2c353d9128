"""signing.json: how far the signing of a bundle has come, so that it can go on after any stop."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

import msgspec

from pipeline.attest.base import Evidence
from pipeline.attest.statement import Statement
from pipeline.bundle.later import put, take
from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_of
from pipeline.release.attesting import targets
from pipeline.release.image import Image

NAME: Final = "signing.json"
_LIMIT: Final = 4 << 20


class State(StrEnum):
    """What is done with a statement, in this order."""

    PREPARED = "prepared"
    """The statement lies in the bundle, and no signature of it is known."""
    SIGNED = "signed"
    """Its signature lies in the bundle: it is never made again."""
    STORED = "stored"
    """The registry has taken it, for every manifest that it speaks of."""
    LISTED = "listed"
    """It was seen in the list of what refers to each of them."""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """One statement."""

    name: str
    predicate_type: str
    statement: str
    """`sha256:…` of its bytes."""
    targets: tuple[str, ...]
    """The manifests beside which it lies; none for what stays in the bundle."""
    state: State = State.PREPARED
    signature: str = ""
    """`sha256:…` of the Sigstore bundle."""
    created: str = ""
    """When it was signed, as its manifest says: the same again gives the same manifest."""
    stored: Mapping[str, str] = {}
    """By target that is done: the digest of the manifest that holds it there."""

    @property
    def done(self) -> bool:
        """Whether nothing more is to be done with it."""
        return self.state is (State.LISTED if self.targets else State.SIGNED)


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    schema: Literal["penstock/signing@1"] = "penstock/signing@1"
    image: str
    """`HOST/NAME@sha256:…`."""
    bundle: str
    """`sha256:…` of run.json."""
    statements: tuple[Reached, ...]

    def with_(self, one: Reached) -> "Journal":
        """Put a statement in place of the one of its name."""
        return msgspec.structs.replace(
            self,
            statements=tuple(one if old.name == one.name else old for old in self.statements),
        )


def planned(evidence: Evidence, image: Image, said: tuple[Statement, ...]) -> Journal:
    """Write down what is to be signed, and where it is to lie."""
    return Journal(
        image=evidence.resource,
        bundle=evidence.bundle,
        statements=tuple(
            Reached(
                name=one.name,
                predicate_type=one.predicate_type,
                statement=sha256_of(one.data),
                targets=targets(one, image),
            )
            for one in said
        ),
    )


def read(folder: Path) -> Journal | None:
    """Read the journal of a bundle; None where signing has not begun. Raises PenstockError."""
    data = take(folder / NAME, limit=_LIMIT)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=Journal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PenstockError(
            f"{folder / NAME} cannot be read: {error}",
            hint="remove it to begin again: signatures that are there are found by their content",
        ) from error


def write(folder: Path, journal: Journal) -> None:
    """Write it whole. Raises PenstockError."""
    data = msgspec.json.encode(journal, order="deterministic")
    put(folder / NAME, msgspec.json.format(data, indent=1) + b"\n")


def begun(before: Journal | None, fresh: Journal) -> Journal:
    """Go on where it stopped. Raises PenstockError where that was something else.

    What was only prepared may change; what was signed is never signed again with other content.
    """
    if before is None:
        return fresh
    signed = {one.name: one for one in before.statements if one.state is not State.PREPARED}
    if not signed:
        return fresh
    if (before.image, before.bundle) != (fresh.image, fresh.bundle):
        raise PenstockError(
            f"this bundle was signed for {before.image} already",
            hint="copy the bundle without its signing.json and *.sigstore.json to sign it for "
            "another image",
        )
    wanted = {one.name: one for one in fresh.statements}
    for name, one in signed.items():
        if name not in wanted or wanted[name].statement != one.statement:
            raise PenstockError(
                f"the statement {name} is signed already, and would now say something else",
                hint="sign with the same --verifier and --vex as before, or run the scan again",
            )
    return msgspec.structs.replace(
        fresh,
        statements=tuple(
            _gone_on(signed[one.name], one) if one.name in signed else one
            for one in fresh.statements
        ),
    )


def _gone_on(before: Reached, fresh: Reached) -> Reached:
    """Believe a journal what was done, and nothing of where a statement has to lie."""
    stored = {one: before.stored[one] for one in fresh.targets if one in before.stored}
    whole = len(stored) == len(fresh.targets)
    return msgspec.structs.replace(
        fresh,
        state=before.state if whole else State.SIGNED,
        signature=before.signature,
        created=before.created,
        stored=stored,
    )
