"""What is said to others about a vulnerability: a status, why, and of which product."""

from typing import Final, Literal, TypeAlias

import msgspec

Status: TypeAlias = Literal["not_affected", "affected", "fixed", "under_investigation"]
ExceptionType: TypeAlias = Literal["risk_acceptance", "false_positive", "not_affected", "mitigated"]
SILENCING: Final[frozenset[Status]] = frozenset({"not_affected", "fixed"})
"""What makes a scanner drop a finding."""


class Product(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package where it was found."""

    purl: str
    """With its exact version."""
    container: str | None = None
    """The purl of the image, or of the product, that holds it."""
    digest: str | None = None
    """`sha256:…` of that image."""
    bom_links: tuple[str, ...] = ()
    """Where it stands in the SBOMs of the same run, as CycloneDX writes links."""


class Statement(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What is said of one vulnerability."""

    vulnerability: str
    aliases: tuple[str, ...]
    """Every other id, sorted: a reader knows it by any of them."""
    status: Status
    justification: str | None = None
    """One of OpenVEX's five words; only where it is not_affected."""
    action: str = ""
    """Only where it is affected."""
    products: tuple[Product, ...]


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it, when and with what: all that a document needs beside its statements."""

    author: str
    now: str
    """RFC 3339, UTC: the instant of the judgement that it rests on."""
    tooling: str
