"""Writes OpenVEX 0.2.0: equal statements give equal bytes, changed ones a new version."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from uuid import UUID, uuid5

import msgspec

from pipeline.errors import PenstockError, UsageError
from pipeline.model.official import why_no_openvex
from pipeline.vex.model import SILENCING, Issue, Product, Statement

Json: TypeAlias = dict[str, object]

CONTEXT: Final = "https://openvex.dev/ns/v0.2.0"

_SPACE: Final = UUID("2c3fd3f9-7b0a-5c6b-9d0e-0d5f3c1f6b52")
_WITHDRAWN: Final = "An earlier version of this document said otherwise; that is withdrawn."


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """The version before: what it said must not outlive what it rested on."""

    context: str = msgspec.field(name="@context")
    id: str = msgspec.field(name="@id")
    author: str
    version: int
    statements: tuple[Json, ...]
    data: bytes = b""
    """The whole document as it was."""


def earlier(data: bytes, name: str) -> Earlier:
    """Read the version before. Raises UsageError for what is no OpenVEX document."""
    try:
        found = msgspec.json.decode(data, type=Earlier)
        why = why_no_openvex(msgspec.json.decode(data))
    except (ValueError, RecursionError) as exc:
        raise _no_document(name, str(exc)) from exc
    if why:
        raise _no_document(name, why)
    return msgspec.structs.replace(found, data=data)


def _no_document(name: str, why: str) -> UsageError:
    return UsageError(
        f"{name} is there and no OpenVEX document: {why}",
        hint="it is left as it is; name another file with --out",
    )


def write(
    issue: Issue, statements: Iterable[Statement], before: Earlier | None = None
) -> bytes | None:
    """Write a document, or nothing where there is nothing to say.

    Where the version before says the same, its bytes come back. What it alone calls not
    affected is called affected: the format knows no expiry, so silence would leave it standing.
    """
    body = [_statement(one) for one in sorted(statements)]
    if before is not None:
        body += _withdrawn(before, body)
    if not body:
        return None
    if before is not None and before.author == issue.author and list(before.statements) == body:
        return before.data
    document: Json = {
        "@context": CONTEXT,
        "@id": before.id if before else _id(issue.author, body),
        "author": issue.author,
        "timestamp": issue.now,
        "version": before.version + 1 if before else 1,
        "tooling": issue.tooling,
        "statements": body,
    }
    if why := why_no_openvex(document):
        raise PenstockError(f"not valid OpenVEX 0.2.0 at {why}")
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _id(author: str, body: list[Json]) -> str:
    return uuid5(_SPACE, msgspec.json.encode([author, body]).decode()).urn


def _statement(one: Statement) -> Json:
    values: Json = {
        "vulnerability": {"name": one.vulnerability, "aliases": list(one.aliases)},
        "products": [_product(product) for product in one.products],
        "status": one.status,
        "justification": one.justification,
        "action_statement": one.action if one.status == "affected" else "",
    }
    return {name: value for name, value in values.items() if value}


def _product(product: Product) -> Json:
    """Name the package alone, or within what holds it: then it is excused nowhere else."""
    package: Json = {"@id": product.purl, "identifiers": {"purl": product.purl}}
    if product.container is None:
        return package
    holder: Json = {"@id": product.container, "identifiers": {"purl": product.container}}
    if product.digest:
        holder["hashes"] = {"sha-256": product.digest.removeprefix("sha256:")}
    return {**holder, "subcomponents": [package]}


def _withdrawn(before: Earlier, body: list[Json]) -> list[Json]:
    """Say `affected` of what only the version before called not affected."""
    again = {
        (name, product) for one in body for name in _names(one) for product, _ in _products(one)
    }
    found: list[Json] = []
    for one in before.statements:
        name = next(iter(_names(one)), "")
        left = [whole for key, whole in _products(one) if (name, key) not in again]
        if one.get("status") in SILENCING and left:
            found.append(
                {
                    "vulnerability": one["vulnerability"],
                    "products": left,
                    "status": "affected",
                    "action_statement": _WITHDRAWN,
                }
            )
    return found


def _names(statement: Json) -> list[str]:
    """Return the vulnerability's name and then its aliases."""
    said = statement.get("vulnerability")
    if not isinstance(said, Mapping):
        return []
    return [str(said.get("name")), *map(str, said.get("aliases") or ())]


def _products(statement: Json) -> list[tuple[bytes, object]]:
    """Return each product with a key that is equal for equal ones."""
    listed = statement.get("products")
    products = listed if isinstance(listed, list) else []
    return [(msgspec.json.encode(one, order="sorted"), one) for one in products]
