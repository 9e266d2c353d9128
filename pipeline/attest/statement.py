"""Statements in canonical JSON (RFC 8785): equal evidence gives equal bytes."""

from collections.abc import Iterable
from typing import Final

import msgspec

from pipeline.attest import PREDICATES
from pipeline.attest.base import STATEMENT, Evidence, Json, Subject
from pipeline.errors import PenstockError

MAX_STATEMENT: Final = 8 << 20
"""Bytes; bundles of 10 MB are read by verifiers, and base64 adds a third."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """An in-toto statement, ready to be signed."""

    name: str
    predicate_type: str
    subjects: tuple[Subject, ...]
    data: bytes


def statements(evidence: Evidence) -> tuple[Statement, ...]:
    """Say all that is true of a judged image. Raises PenstockError where one is too large."""
    return tuple(
        _statement(said.name, kind.TYPE, said.subjects or evidence.subjects, said.predicate)
        for kind in PREDICATES.values()
        for said in kind.predicates(evidence)
    )


def _statement(
    name: str, predicate_type: str, subjects: Iterable[Subject], predicate: Json
) -> Statement:
    import rfc8785

    named = tuple(subjects)
    document: Json = {
        "_type": STATEMENT,
        "subject": [{"name": one.name, "digest": dict(one.digest)} for one in named],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    try:
        data = rfc8785.dumps(document)
    except rfc8785.CanonicalizationError as error:
        raise PenstockError(f"the statement {name} has no canonical form: {error}") from error
    if len(data) > MAX_STATEMENT:
        raise PenstockError(
            f"the statement {name} has {len(data)} bytes, and verifiers read {MAX_STATEMENT}",
            hint="attest fewer images in one run, or leave this statement out",
        )
    return Statement(name=name, predicate_type=predicate_type, subjects=named, data=data)
